-- Let somebody in beside the queue (a bypass code). ARGV: time, pass id, holder. Returns as a claim does.
local id, holder = ARGV[2], ARGV[3]
local state = read()
if not state then return {'lost', 0, 0} end
advance(state)
local pass = pass_of(id)
if pass then
  if pass.holder ~= holder then return {'taken', 0, 0} end
  return {'pass', pass.until_ms, state.generation}
end
if redis.call('HEXISTS', HOLDERS, holder) == 1 then return {'elsewhere', 0, 0} end
redis.call('HSET', HOLDERS, holder, id)
pass = {holder = holder, until_ms = now + state.pass_ms}
keep(id, pass)
count('bypassed')
return {'pass', pass.until_ms, state.generation}
