-- The queue as it stands now: {} when it is lost, else its fields, then how many passes are active and calls open.
local state = read()
if not state then return {} end
advance(state)
local flat = redis.call('HGETALL', STATE)
for _, pair in ipairs({{'active', ACTIVE}, {'claimed', CLAIMED}, {'owed', OWED}}) do
  flat[#flat + 1] = pair[1]
  flat[#flat + 1] = redis.call('ZCARD', pair[2])
end
flat[#flat + 1] = 'now'
flat[#flat + 1] = string.format('%.0f', now)
return flat
