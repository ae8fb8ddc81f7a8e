-- Go on from a checkpoint after Redis was lost, or came back with an older state.
-- ARGV: time, generation, then the checkpoint's fields. Returns 0 where somebody else was quicker.
local generation = tonumber(ARGV[2])
local state = read_any()
if state and state.generation >= generation then return 0 end
begin(generation)
for index = 3, #ARGV, 2 do redis.call('HSET', STATE, ARGV[index], ARGV[index + 1]) end
state = read()
redis.call('HSET', STATE, 'counted', state.issued)
if state.serving > state.base then
  -- Everybody whose call was open has the whole time to answer again.
  redis.call('ZADD', BATCHES, now, string.format('%.0f', state.serving))
end
return 1
