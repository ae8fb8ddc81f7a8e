-- How the shop does: holds of the last seconds. ARGV: time, how many, their ms together, how many failed.
local state = read()
if not state then return 0 end
local fade = math.exp(-math.max(0, now - state.held_at) / HEALTH_MS)
state.holds = state.holds * fade + tonumber(ARGV[2])
state.hold_ms = state.hold_ms * fade + tonumber(ARGV[3])
state.hold_faults = state.hold_faults * fade + tonumber(ARGV[4])
state.held_at = now
write(state, 'holds', 'hold_ms', 'hold_faults', 'held_at')
return 1
