-- Go on from a checkpoint after Redis was lost, or came back with an older state.
-- ARGV: time, generation, then the checkpoint's fields. Returns 0 where somebody else was quicker.
local generation = tonumber(ARGV[2])
local state = read()
if state and state.generation >= generation then return 0 end
redis.call('DEL', STATE, BATCHES, CLAIMED, OWED, ACTIVE, HOLDERS, PASSES, BOOKINGS)
redis.call('HSET', STATE, 'allowance', 0, 'freed', 0, 'freed_rate', 0, 'freed_weight', 0, 'rate', 0,
  'advanced_at', now, 'generation', generation, 'arrivals', 0, 'arrived_at', now, 'baskets', 0, 'holds', 0,
  'hold_ms', 0, 'hold_faults', 0, 'held_at', now)
for index = 3, #ARGV, 2 do redis.call('HSET', STATE, ARGV[index], ARGV[index + 1]) end
state = read()
if state.serving > state.base then
  -- Everybody whose call was open has the whole time to answer again.
  redis.call('ZADD', BATCHES, now, string.format('%.0f', state.serving))
end
return 1
