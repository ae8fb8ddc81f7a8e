-- Set what is decided elsewhere. ARGV: time, 1 to begin a queue that is not there, then names and values.
-- Returns 1 when there is a queue now.
local state = read()
if not state then
  if ARGV[2] ~= '1' then return 0 end
  begin(1)
end
for index = 3, #ARGV, 2 do redis.call('HSET', STATE, ARGV[index], ARGV[index + 1]) end
if state and state.full > 0 and read().full == 0 then
  -- Places came back.
  renew_calls()
end
return 1
