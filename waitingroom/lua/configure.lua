-- Set what is decided elsewhere. ARGV: time, 1 to begin a queue that is not there, then names and values.
-- Returns 1 when there is a queue now.
if redis.call('EXISTS', STATE) == 0 then
  if ARGV[2] ~= '1' then return 0 end
  redis.call('HSET', STATE, 'phase', IDLE, 'generation', 1, 'issued', 0, 'serving', 0, 'base', 0, 'drawn', 0,
    'paused', 0, 'draining', 0, 'full', 0, 'factor', 100, 'show', 1, 'allowance', 0, 'freed', 0, 'freed_rate', 0,
    'freed_weight', 0, 'rate', 0, 'per_minute', 0, 'admitted', 0, 'bypassed', 0, 'finished', 0, 'abandoned', 0,
    'unanswered', 0, 'advanced_at', now, 'lobby_at', 0, 'opens_at', now,
    'arrivals', 0, 'arrived_at', now, 'baskets', 0, 'holds', 0, 'hold_ms', 0, 'hold_faults', 0, 'held_at', now)
end
local was_full = tonumber(redis.call('HGET', STATE, 'full'))
for index = 3, #ARGV, 2 do redis.call('HSET', STATE, ARGV[index], ARGV[index + 1]) end
if was_full > 0 and read().full == 0 then
  -- Places came back: nobody's time to answer ran while there was nothing to come for.
  for _, upto in ipairs(redis.call('ZRANGE', BATCHES, 0, -1)) do redis.call('ZADD', BATCHES, now, upto) end
end
return 1
