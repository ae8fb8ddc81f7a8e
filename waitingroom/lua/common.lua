-- What every script of a queue shares: its state is changed nowhere else.
-- KEYS: state, batches, claimed, owed, active, holders, passes, bookings (all under one hash tag).
-- ARGV[1]: the time in ms, or 0 for Redis' own clock, so that no server's clock matters.
local STATE, BATCHES, CLAIMED, OWED = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local ACTIVE, HOLDERS, PASSES, BOOKINGS = KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local IDLE, LOBBY, OPEN, OVER = 0, 1, 2, 3
-- `full`: 0 places left, 1 all of them in baskets, 2 sold out.
local IN_BASKETS, SOLD_OUT = 1, 2
-- How long a called person to whom we said "one moment" may be silent: browsers wake a page in the background
-- once a minute. How far back the rate looks.
local OWED_MS, RATE_MS = 90000, 120000
-- How fast arrivals and the shop's health are forgotten.
local ARRIVALS_MS, HEALTH_MS = 60000, 10000
local MOST_AT_ONCE = 5000
-- Who is called needs about so long to come; slots that become free meanwhile are called for at once.
local REACTION_S, MOST_AHEAD = 5, 0.08
-- The share of called people who come: what is believed before any were seen, for how many, and the least.
local FIRST_SHOW, FIRST_SEEN, LEAST_SHOW = 0.8, 20, 0.2

local now = tonumber(ARGV[1])
if now == 0 then
  local clock = redis.call('TIME')
  now = clock[1] * 1000 + math.floor(clock[2] / 1000)
end

-- Another one after every start: a server that came back, or took over, may have forgotten what was promised.
local function run_id()
  local info = redis.pcall('INFO', 'server')
  return type(info) == 'string' and string.match(info, 'run_id:(%x+)') or 'unknown'
end

-- What is there, whoever wrote it; nil for nothing.
local function read_any()
  local flat = redis.call('HGETALL', STATE)
  if #flat == 0 then return nil end
  local state = {}
  for index = 1, #flat, 2 do
    local name, value = flat[index], flat[index + 1]
    state[name] = (name == 'seed' or name == 'server') and value or tonumber(value)
  end
  return state
end

-- nil for a queue that is lost.
local function read()
  local state = read_any()
  return state and state.server == run_id() and state or nil
end

-- Only these fields, for what a whole crowd asks; nil for a queue that is lost.
local function pick(...)
  local names, state = {...}, {}
  local values = redis.call('HMGET', STATE, 'server', ...)
  if values[1] ~= run_id() then return nil end
  for index, name in ipairs(names) do state[name] = tonumber(values[index + 1]) end
  return state
end

-- An empty queue.
local function begin(generation)
  redis.call('DEL', unpack(KEYS))
  redis.call('HSET', STATE, 'server', run_id(), 'generation', generation, 'phase', IDLE, 'lobby_at', 0,
    'opens_at', now, 'advanced_at', now, 'issued', 0, 'ceiling', '9007199254740992', 'drawn', 0, 'serving', 0,
    'base', 0, 'gap_from', 0, 'gap_to', 0, 'paused', 0, 'draining', 0, 'full', 0, 'factor', 100, 'per_minute', 0,
    'allowance', 0, 'show', FIRST_SHOW, 'seen', FIRST_SEEN, 'least_show', LEAST_SHOW, 'freed', 0, 'freed_rate', 0,
    'freed_weight', 0, 'rate', 0)
  redis.call('HSET', STATE, 'admitted', 0, 'bypassed', 0, 'finished', 0, 'abandoned', 0, 'left', 0, 'unanswered', 0,
    'arrivals', 0, 'arrived_at', now, 'counted', 0, 'baskets', 0, 'holds', 0, 'hold_ms', 0, 'hold_faults', 0, 'held_at', now)
end

local function write(state, ...)
  local flat = {}
  for _, name in ipairs({...}) do
    flat[#flat + 1] = name
    flat[#flat + 1] = state[name]
  end
  redis.call('HSET', STATE, unpack(flat))
end

local function count(name)
  redis.call('HINCRBY', STATE, name, 1)
end

local function pass_of(id)
  local known = redis.call('HGET', PASSES, id)
  return known and cjson.decode(known) or nil
end

local function keep(id, pass)
  redis.call('HSET', PASSES, id, cjson.encode(pass))
  redis.call('ZADD', ACTIVE, pass.until_ms, id)
end

-- About as many arrivals as there were in the last minute.
local function arrive(state, people)
  state.arrivals = state.arrivals * math.exp(-math.max(0, now - state.arrived_at) / ARRIVALS_MS) + people
  state.arrived_at = now
  write(state, 'arrivals', 'arrived_at')
end

-- The slot is free again. False when it was before.
local function drop(id)
  if redis.call('ZREM', ACTIVE, id) == 0 then return false end
  local pass = pass_of(id)
  redis.call('HDEL', PASSES, id)
  redis.call('HDEL', HOLDERS, pass.holder)
  if pass.booking then redis.call('HDEL', BOOKINGS, pass.booking) end
  count('freed')
  return true
end

-- How many numbers of a range a loss left out.
local function left_out(state, from, upto)
  return math.max(0, math.min(upto, state.gap_to) - math.max(from, state.gap_from))
end

-- Calls that nobody answered in time are over; the share that came tells how many to call for one slot.
local function lapse_calls(state)
  local due = redis.call('ZRANGEBYSCORE', BATCHES, '-inf', now - state.claim_ms)
  if #due == 0 then return end
  local base = state.base
  for _, upto in ipairs(due) do base = math.max(base, tonumber(upto)) end
  local called = base - state.base - left_out(state, state.base, base)
  if called > 0 then
    local came = math.min(called, redis.call('ZCOUNT', CLAIMED, state.base, '(' .. base))
    -- The mean of all so far at first, later what the last few hundred did.
    state.seen = state.seen + called
    local weight = math.max(math.min(0.3, called / 300), called / state.seen)
    state.show = math.max(state.least_show, state.show + weight * (came / called - state.show))
    state.unanswered = state.unanswered + called - came
  end
  state.base = base
  redis.call('ZREMRANGEBYSCORE', CLAIMED, '-inf', '(' .. base)
  redis.call('ZREMRANGEBYSCORE', BATCHES, '-inf', now - state.claim_ms)
end

-- Nobody's time to answer ran while there was nothing to come for.
local function renew_calls()
  for _, upto in ipairs(redis.call('ZRANGE', BATCHES, 0, -1)) do redis.call('ZADD', BATCHES, now, upto) end
end

-- How many numbers a minute are called: slots given back, over the share of called people that come in.
-- Returns the slots a second.
local function measure(state, elapsed)
  local weight = 1 - math.exp(-elapsed / RATE_MS)
  state.freed_rate = state.freed_rate * (1 - weight) + weight * state.freed * 1000 / elapsed
  state.freed_weight = state.freed_weight * (1 - weight) + weight
  state.freed = 0
  -- At first nothing was measured: people are taken to need half the time they have.
  local guess, doubt = state.capacity * 2000 / state.pass_ms, (1 - state.freed_weight) / 2
  local freed = (state.freed_rate + doubt * guess) / (state.freed_weight + doubt)
  -- Of those who answer, some only say that they do not come.
  local enter = (state.admitted + 1) / (state.admitted + state.left + 1)
  state.rate = freed * 60 / (state.show * enter)
  if state.per_minute > 0 then state.rate = math.min(state.rate, state.per_minute) end
  return freed
end

-- More are called than there are slots, by the share that never comes; the few too many hear "one moment".
local function call_next(state, elapsed, freed)
  local called = state.serving - state.base - left_out(state, state.base, state.serving)
  local likely = math.max(0, state.show * called - redis.call('ZCARD', CLAIMED))
  local busy = redis.call('ZCARD', ACTIVE) + redis.call('ZCARD', OWED) + likely
  local slots = math.floor(state.capacity * state.factor / 100)
  slots = slots + math.floor(math.min(freed * REACTION_S, slots * MOST_AHEAD))
  local calls = math.floor((slots - busy) / state.show)
  if state.per_minute > 0 then
    local allowance = state.allowance + state.per_minute * elapsed / 60000
    state.allowance = math.min(allowance, math.max(1, state.per_minute / 20))
    calls = math.min(calls, math.floor(state.allowance))
  end
  calls = math.min(calls, state.issued - state.serving)
  if calls <= 0 then return end
  state.allowance = state.allowance - calls
  state.serving = state.serving + calls
  if state.serving > state.gap_from and state.serving < state.gap_to then
    -- Hardly anybody holds one of these: nobody waits until they all lapsed.
    state.serving = math.min(state.gap_to, state.issued)
  end
  redis.call('ZADD', BATCHES, now, string.format('%.0f', state.serving))
end

-- Whether a second is over, or the lobby is.
local function is_due(state)
  local elapsed = now - state.advanced_at
  if state.phase == LOBBY then return now >= state.opens_at end
  return state.phase == OPEN and (elapsed < 0 or elapsed >= 1000)
end

-- Bring the queue up to now. Whoever comes first in a second does it for all; no clockwork is needed.
local function advance(state)
  if not is_due(state) then return end
  if state.phase == LOBBY then
    state.phase, state.drawn, state.counted, state.advanced_at = OPEN, state.issued, state.issued, now - 1000
    write(state, 'phase', 'drawn', 'advanced_at')
  end
  local elapsed = math.max(1000, math.min(now - state.advanced_at, 60000))
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', ACTIVE, '-inf', now, 'LIMIT', 0, MOST_AT_ONCE)) do drop(id) end
  redis.call('ZREMRANGEBYSCORE', OWED, '-inf', now - OWED_MS)
  state.freed = tonumber(redis.call('HGET', STATE, 'freed'))
  state.advanced_at = now
  -- All of this second's at once: a crowd that takes numbers writes one field each.
  arrive(state, math.max(0, state.issued - (state.counted or state.issued)))
  state.counted = state.issued
  -- A sale that was put off after its draw: everybody keeps their place, and their turn.
  local is_selling = now >= state.opens_at
  if not is_selling then renew_calls() end
  if state.full == 0 then lapse_calls(state) end
  local freed = measure(state, elapsed)
  if is_selling and state.full == 0 and state.paused == 0 then call_next(state, elapsed, freed) end
  if state.draining == 1 and state.serving == state.issued and state.serving == state.base then state.phase = OVER end
  write(state, 'phase', 'advanced_at', 'show', 'seen', 'unanswered', 'base', 'serving', 'allowance', 'freed', 'freed_rate',
    'freed_weight', 'rate', 'counted')
end
