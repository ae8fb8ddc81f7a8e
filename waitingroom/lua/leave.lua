-- Somebody gives up a pass, or a number. ARGV: time, pass id or place, holder, grace in ms (0: at once).
-- With grace the pass stays for so long, in case the page was only loaded again; one that holds places stays whole.
local id, holder, grace = ARGV[2], ARGV[3], tonumber(ARGV[4])
local state = read()
if not state then return 0 end
local pass = pass_of(id)
if pass then
  if pass.holder ~= holder and pass.guest ~= holder then return 0 end
  if grace == 0 then
    drop(id)
    count('abandoned')
  elseif not pass.booking then
    redis.call('ZADD', ACTIVE, 'LT', now + grace, id)
  end
  return 1
end
if grace > 0 then return 0 end
local place = tonumber(id)
redis.call('ZREM', OWED, id)
if place and state.phase == OPEN and place >= state.base and place < state.serving then
  -- Called and not coming: nobody waits for the end of its time.
  if redis.call('ZADD', CLAIMED, 'NX', place, id) == 1 then count('left') end
end
count('abandoned')
return 1
