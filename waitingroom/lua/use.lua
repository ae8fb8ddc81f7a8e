-- Does this pass open the door now? ARGV: time, pass id, its holder, the holder from now on, its generation, its end,
-- 1 for somebody who comes to look at the seats.
-- Returns {what, until in ms}: pass, free (no queue just now), elsewhere, none or lost.
local id, holder, heir, generation, ends_at = ARGV[2], ARGV[3], ARGV[4], tonumber(ARGV[5]), tonumber(ARGV[6])
local state = read()
if not state then return {'lost', 0} end
advance(state)
if state.phase == IDLE and ARGV[7] == '1' then arrive(state, 1) end
if state.phase == IDLE or state.phase == OVER then return {'free', 0} end
if id == '' then return {'none', 0} end
local pass = pass_of(id)
if not pass then
  -- Redis was lost since it was given: it goes on for the time it had. Its number may not have been called anew.
  local is_older = generation < state.generation and ends_at > now
  if not is_older or redis.call('ZSCORE', CLAIMED, id) then return {'none', 0} end
  if redis.call('HEXISTS', HOLDERS, heir) == 1 then return {'elsewhere', 0} end
  local place = tonumber(id)
  if place and place >= state.base then redis.call('ZADD', CLAIMED, place, id) end
  redis.call('HSET', HOLDERS, heir, id)
  keep(id, {holder = heir, until_ms = ends_at})
  return {'pass', ends_at}
end
if pass.holder ~= holder and pass.holder ~= heir then return {'none', 0} end
if tonumber(redis.call('ZSCORE', ACTIVE, id)) <= now then
  drop(id)
  return {'none', 0}
end
if pass.holder ~= heir then
  -- A guest signed in: the pass is the account's from now on, which has one at most.
  if redis.call('HEXISTS', HOLDERS, heir) == 1 then return {'elsewhere', 0} end
  redis.call('HDEL', HOLDERS, pass.holder)
  redis.call('HSET', HOLDERS, heir, id)
  pass.guest, pass.holder = pass.holder, heir
end
-- Also whoever seemed to have left, and came back in time.
keep(id, pass)
return {'pass', pass.until_ms}
