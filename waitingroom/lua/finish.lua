-- The booking is paid: its slot is free for the next. ARGV: time, booking. Repeating changes nothing.
local id = redis.call('HGET', BOOKINGS, ARGV[2])
if not id or not drop(id) then return 0 end
count('finished')
return 1
