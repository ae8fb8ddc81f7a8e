-- The pass holds places now: it lasts as long as they do. ARGV: time, pass id, booking, for so many ms.
local id, booking, until_ms = ARGV[2], ARGV[3], now + tonumber(ARGV[4])
local pass = pass_of(id)
if not pass then return 0 end
if pass.booking and pass.booking ~= booking then redis.call('HDEL', BOOKINGS, pass.booking) end
pass.booking = booking
pass.until_ms = math.max(pass.until_ms, until_ms)
redis.call('HSET', BOOKINGS, booking, id)
keep(id, pass)
return 1
