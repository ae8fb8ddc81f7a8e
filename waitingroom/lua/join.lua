-- Take the next number. Returns {what, number}: what is number, free (no queue just now), early, closed or lost.
local state = pick('phase', 'lobby_at', 'opens_at', 'advanced_at', 'draining', 'issued', 'ceiling')
if not state then return {'lost', 0} end
if is_due(state) then
  state = read()
  advance(state)
end
if state.phase == IDLE or state.phase == OVER then return {'free', 0} end
if state.phase == LOBBY and now < state.lobby_at then return {'early', 0} end
if state.draining == 1 then return {'closed', 0} end
-- No number above what the database knows of: after a loss it would be given again.
if state.issued >= state.ceiling then return {'lost', 0} end
return {'number', redis.call('HINCRBY', STATE, 'issued', 1) - 1}
