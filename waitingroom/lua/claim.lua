-- A called number asks for its pass. ARGV: time, place, holder. Returns {what, until in ms, generation}.
local place, holder = tonumber(ARGV[2]), ARGV[3]
local id = ARGV[2]
local state = read()
if not state then return {'lost', 0, 0} end
advance(state)
if state.phase == IDLE or state.phase == OVER then return {'free', 0, 0} end
local pass = pass_of(id)
if pass then
  -- Asked twice, or an answer that was lost: the same pass, never a second one.
  if pass.holder ~= holder then return {'taken', 0, 0} end
  return {'pass', pass.until_ms, state.generation}
end
if state.phase == LOBBY or place >= state.serving then return {'waiting', 0, 0} end
if redis.call('ZSCORE', CLAIMED, id) then return {'used', 0, 0} end
if place < state.base and not redis.call('ZSCORE', OWED, id) then return {'missed', 0, 0} end
if state.full == SOLD_OUT then
  redis.call('ZADD', OWED, 'XX', now, id)
  return {'sold_out', 0, 0}
end
if redis.call('HEXISTS', HOLDERS, holder) == 1 then return {'elsewhere', 0, 0} end
-- The sale was put off: the turn stays theirs.
if now < state.opens_at then return {'soon', 0, 0} end
if state.full == IN_BASKETS or redis.call('ZCARD', ACTIVE) >= state.capacity then
  redis.call('ZADD', OWED, now, id)
  return {'soon', 0, 0}
end
redis.call('ZREM', OWED, id)
if place >= state.base then redis.call('ZADD', CLAIMED, place, id) end
redis.call('HSET', HOLDERS, holder, id)
pass = {holder = holder, until_ms = now + state.pass_ms}
keep(id, pass)
count('admitted')
return {'pass', pass.until_ms, state.generation}
