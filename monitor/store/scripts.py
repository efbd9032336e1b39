"""What must happen at once, as Lua that Redis runs without interruption: no kill falls between two steps."""

from typing import Final

from monitor.model.ahead import AWAY
from monitor.store import keys

# Take what is due and push it behind its lease. A claim whose lease ran out is claimed again under the same slot, so
# that whatever it did the first time is recognised. What is later than its own interval (after downtime) is spread
# over one interval instead of being claimed in a burst.
# KEYS: schedule, slots, intervals. ARGV: now, limit, lease, seed (all in seconds but the limit).
# Answers a flat list: member, slot, member, slot …
CLAIM_DUE: Final = """
math.randomseed(tonumber(ARGV[4]))
local now, lease, claimed = tonumber(ARGV[1]), tonumber(ARGV[3]), {}
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'WITHSCORES', 'LIMIT', 0, ARGV[2])
for i = 1, #due, 2 do
  local member, score = due[i], tonumber(due[i + 1])
  local slot = redis.call('HGET', KEYS[2], member)
  if slot and not string.find(slot, '^-?%d+$') then slot = nil end
  local every = tonumber(redis.call('HGET', KEYS[3], member) or '0') or 0
  if not slot and every > 0 and now - score > every then
    redis.call('ZADD', KEYS[1], 'XX', now + math.random() * every, member)
  else
    if not slot then
      slot = string.format('%d', math.floor(score * 1000))
      redis.call('HSET', KEYS[2], member, slot)
    end
    redis.call('ZADD', KEYS[1], 'XX', now + lease, member)
    claimed[#claimed + 1] = member
    claimed[#claimed + 1] = slot
  end
end
return claimed
"""

# Take domains whose mail servers are to be looked up: one turn at a time, whoever asks. The next one may be when this
# one has said so, or after so long (its worker died); a time later than that was written by a clock that ran ahead.
# Each domain is pushed behind its lease.
# KEYS: due, turn. ARGV: now, limit, lease, longest turn (all in seconds but the limit). Answers the domains.
CLAIM_ROUTES: Final = """
local now, longest = tonumber(ARGV[1]), tonumber(ARGV[4])
local turn = tonumber(redis.call('GET', KEYS[2]) or '0') or 0
if now < turn and turn <= now + longest then return {} end
local due = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[2])
if #due > 0 then redis.call('SET', KEYS[2], now + longest, 'EX', 60) end
for _, member in ipairs(due) do
  redis.call('ZADD', KEYS[1], 'XX', now + tonumber(ARGV[3]), member)
end
return due
"""

# End a claim: the next one gets a slot of its own. A claim that somebody else has ended already changes nothing.
# KEYS: schedule, slots. ARGV: member, slot, next due.
FINISH_CLAIM: Final = """
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1])
return 1
"""

# Let work be due sooner that nobody has in hand. KEYS: schedule, slots. ARGV: member, when. 1 where it is now.
BRING_FORWARD: Final = """
if redis.call('HEXISTS', KEYS[2], ARGV[1]) == 1 then return 0 end
return redis.call('ZADD', KEYS[1], 'XX', 'LT', 'CH', ARGV[2], ARGV[1])
"""

# Look at the store itself: name it where it has no name yet, count the look, and note since when this server answers.
# KEYS: store. ARGV: a new name, the server's name ("" unknown), "1" to count. Answers the store's time, and the hash,
# flat.
LOOK_AT_STORE: Final = """
local time, server = redis.call('TIME'), ARGV[2]
local now = string.format('%d.%06d', time[1], time[2])
if ARGV[3] == '1' then
  if redis.call('HSETNX', KEYS[1], 'id', ARGV[1]) == 1 then
    redis.call('HSET', KEYS[1], 'born', now, 'served', now, 'server', server)
  end
  redis.call('HINCRBY', KEYS[1], 'looks', 1)
end
local known = redis.call('HGET', KEYS[1], 'server')
if known and server ~= '' and known ~= server then
  redis.call('HSET', KEYS[1], 'server', server, 'served', now)
end
return {now, redis.call('HGETALL', KEYS[1])}
"""

# Read the signing key and the former ones, newest first: made where there is none, and those put back that are lost.
# What was known of another store, which was there when we last looked at ours, is none of its own: two installations
# that were taken for each other would trust each other's keys for good. A present key that was lost stands in front of
# the former ones; others are put back while there is room, so that none that is there makes room for one that was.
# KEYS: key, former, store. ARGV: a new key, how many former ones are kept, the store's name and time as we last looked,
# keys known, the present one first. Answers the store's name, its time, and all keys.
READ_KEYS: Final = """
local time, kept = redis.call('TIME'), tonumber(ARGV[2])
local now = string.format('%d.%06d', time[1], time[2])
local id, born = unpack(redis.call('HMGET', KEYS[3], 'id', 'born'))
local replaced = id and ARGV[3] ~= '' and id ~= ARGV[3] and (tonumber(born or '') or 0) < tonumber(ARGV[4])
local known = {}
if not replaced then known = {unpack(ARGV, 5)} end
if redis.call('EXISTS', KEYS[1]) == 0 then redis.call('SET', KEYS[1], known[1] or ARGV[1]) end
local keys, there = {redis.call('GET', KEYS[1]), unpack(redis.call('LRANGE', KEYS[2], 0, -1))}, {}
for _, each in ipairs(keys) do there[each] = true end
for i, each in ipairs(known) do
  if there[each] then
  elseif i == 1 then
    redis.call('LPUSH', KEYS[2], each)
    redis.call('LTRIM', KEYS[2], 0, kept - 1)
  elseif redis.call('LLEN', KEYS[2]) < kept then
    redis.call('RPUSH', KEYS[2], each)
  end
end
return {id or ARGV[3], now, redis.call('GET', KEYS[1]), unpack(redis.call('LRANGE', KEYS[2], 0, -1))}
"""

# Whether a mark stands already, in a list's sorted set of marks by the time at which each ends, or where versions
# before kept one; sets it if not.
_ONCE: Final = """
local function done_before(marks, before, mark, life)
  local now = tonumber(redis.call('TIME')[1])
  redis.call('ZREMRANGEBYSCORE', marks, '-inf', now)
  if redis.call('EXISTS', before) == 1 then return true end
  if redis.call('ZADD', marks, 'NX', now + life, mark) == 0 then return true end
  if redis.call('TTL', marks) < life then redis.call('EXPIRE', marks, life) end
  return false
end
"""

# Add to a count of a day, as monitor.model.tally reads it; the newest days are kept.
_TALLY: Final = """
local function record(place, count)
  local octets = {string.char(place)}
  while count > 127 do
    octets[#octets + 1] = string.char(count % 128 + 128)
    count = math.floor(count / 128)
  end
  octets[#octets + 1] = string.char(count)
  return table.concat(octets)
end
local function tally(days, day, place, amount, kept, life)
  place, amount = tonumber(place), tonumber(amount)
  if place < 0 then return end
  local before = redis.call('HGET', days, day)
  local said, records, at = before or '', {}, 1
  while at < #said do
    local one, count, unit, octet = string.byte(said, at), 0, 1, nil
    repeat
      at = at + 1
      octet = string.byte(said, at) or 0
      count, unit = count + octet % 128 * unit, unit * 128
    until octet < 128
    at = at + 1
    if one == place then amount = amount + count else records[#records + 1] = record(one, count) end
  end
  if amount > 0 then records[#records + 1] = record(place, amount) end
  redis.call('HSET', days, day, table.concat(records))
  redis.call('EXPIRE', days, life)
  if not before and redis.call('HLEN', days) > tonumber(kept) then
    local known = redis.call('HKEYS', days)
    table.sort(known, function(a, b) return (tonumber(a) or 0) < (tonumber(b) or 0) end)
    for i = 1, #known - kept do redis.call('HDEL', days, known[i]) end
  end
end
"""

# Whether something is of before what is there (seconds): recorded late, which its lease lets happen. What seems to be
# of long before is not, nor of before a time that is still to come: the clock ran ahead, and was put right.
_LATE: Final = f"""
local function is_late(at, newest)
  if newest == nil or at >= newest then return false end
  local to_come = newest - tonumber(redis.call('TIME')[1]) > {int(AWAY.total_seconds())}
  return not to_come and newest - at <= {int(keys.WORK_MARK.total_seconds())}
end
"""

# Add to the counts of all lists, and note when what last succeeded for whom ("" for nobody).
_ADD: Final = """
local function add(counts, field, amount)
  local added = redis.pcall('HINCRBYFLOAT', counts, field, amount)
  if type(added) == 'table' and added.err and string.find(added.err, 'float') then
    redis.call('HSET', counts, field, amount)
  end
end
"""
_COUNT: Final = (
    _ADD
    + """
local function count(counts, successes, whose, at, from)
  if whose ~= '' and not is_late(tonumber(at), tonumber(redis.call('HGET', successes, whose) or '')) then
    redis.call('HSET', successes, whose, at)
  end
  for i = from, #ARGV, 2 do add(counts, ARGV[i], ARGV[i + 1]) end
end
"""
)

# Add to counts. KEYS: counts. ARGV: field, amount, field, amount …
ADD_COUNTS: Final = (
    _ADD
    + """
for i = 1, #ARGV, 2 do add(KEYS[1], ARGV[i], ARGV[i + 1]) end
"""
)

# Fields of a list's ledger, and before them whether more has come into streams of older versions than was brought over
# into it; behind them the store's time in seconds. KEYS: ledger, streams. ARGV: for each stream the field with the last
# id that was brought over, then fields.
READ_LEDGER: Final = """
local more = 0
for i = 2, #KEYS do
  local newest = redis.call('XREVRANGE', KEYS[i], '+', '-', 'COUNT', 1)[1]
  if newest and newest[1] ~= redis.call('HGET', KEYS[1], ARGV[i - 1]) then more = 1 end
end
return {more, redis.call('HMGET', KEYS[1], unpack(ARGV, #KEYS)), redis.call('TIME')[1]}
"""

# Whether a list's ledger is still as its changes were made from; and to make them. They are a JSON list of [field,
# SHA-1 of what is there, text after], "" for a field that is not there.
_FOLD: Final = """
local function is_as_before(ledger, changes)
  for _, change in ipairs(changes) do
    local there = redis.call('HGET', ledger, change[1]) or ''
    if (there == '' and '' or redis.sha1hex(there)) ~= change[2] then return false end
  end
  return true
end
local function fold(ledger, changes, life)
  for _, change in ipairs(changes) do
    if change[3] == '' then redis.call('HDEL', ledger, change[1]) else redis.call('HSET', ledger, change[1], change[3]) end
  end
  if #changes > 0 then redis.call('EXPIRE', ledger, life) end
end
"""

# Append to a bounded stream (none, where no entries are kept) and fold into the list's ledger, unless this very report
# was recorded before, and count it. KEYS: marks, mark of versions before, days, counts, last successes, ledger, stream.
# ARGV: mark, mark's life, stream's life (in seconds), entries kept, day, place (below 0: none), amount, days kept, for
# whom it is a success ("" for nobody), when, changes of the ledger, document, then field, amount, field, amount … of
# the counts. Answers 1 where it was recorded, 0 where it was before, -1 where the ledger has changed meanwhile and
# nothing was done.
APPEND_ONCE: Final = (
    _ONCE
    + _TALLY
    + _LATE
    + _COUNT
    + _FOLD
    + """
local changes = cjson.decode(ARGV[11])
if not is_as_before(KEYS[6], changes) then return -1 end
if done_before(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])) then return 0 end
fold(KEYS[6], changes, ARGV[3])
if tonumber(ARGV[4]) > 0 then
  redis.call('XADD', KEYS[7], 'MAXLEN', '~', ARGV[4], '*', 'd', ARGV[12])
  redis.call('EXPIRE', KEYS[7], ARGV[3])
end
tally(KEYS[3], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[3])
count(KEYS[4], KEYS[5], ARGV[9], ARGV[10], 13)
return 1
"""
)

# Put an entry (see monitor.store.short) in front of a bounded list unless this very report was put there before, and
# count it. A check that is recorded late comes behind the newer ones. Of one slot there is one, however long after its
# mark it is claimed again: the next slot is given out when this one is done, so it is among the newest. Bases that no
# entry refers to are dropped, and so is what a version before kept of the same in a stream, as much as has come since,
# once the ledger has it. Answers 2 where the entry's base is not there, and does nothing. KEYS and ARGV as above, but
# KEYS: … entries, bases, stream of versions before; ARGV: … short form, whole ("" for none), base ("" for one that is
# there), octets of a reference, where the bases have the newest whole, the ledger's field with the last of the stream
# that was brought over, then the counts.
KEEP_ONCE: Final = (
    _ONCE
    + _TALLY
    + _LATE
    + _COUNT
    + _FOLD
    + """
local entries, bases, stream, kept = KEYS[7], KEYS[8], KEYS[9], tonumber(ARGV[4])
local short, base, octets = ARGV[12], ARGV[14], tonumber(ARGV[15])
local reference, changes = string.sub(short, 1, octets), cjson.decode(ARGV[11])
local is_check, newer = ARGV[13] ~= '', nil
if is_check then
  local at, slot = struct.unpack('>i8i8', short, octets + 1)
  for _, each in ipairs(redis.call('LRANGE', entries, 0, 19)) do
    if #each >= octets + 16 then
      local its_time, its_slot = struct.unpack('>i8i8', each, octets + 1)
      if slot ~= 0 and its_slot == slot then return 0 end
      if is_late(at / 1e6, its_time / 1e6) then newer = each end
    end
  end
end
if base == '' and redis.call('HEXISTS', bases, reference) == 0 then return 2 end
if not is_as_before(KEYS[6], changes) then return -1 end
if done_before(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])) then return 0 end
fold(KEYS[6], changes, ARGV[3])
if newer then redis.call('LINSERT', entries, 'AFTER', newer, short) else redis.call('LPUSH', entries, short) end
redis.call('LTRIM', entries, 0, kept - 1)
if base ~= '' then redis.call('HSETNX', bases, reference, base) end
if is_check and not newer then redis.call('HSET', bases, ARGV[16], ARGV[13]) end
if redis.call('HLEN', bases) > 4 then
  local used = {[ARGV[16]] = true}
  for _, each in ipairs(redis.call('LRANGE', entries, 0, -1)) do used[string.sub(each, 1, octets)] = true end
  for _, each in ipairs(redis.call('HKEYS', bases)) do
    if not used[each] then redis.call('HDEL', bases, each) end
  end
end
redis.call('EXPIRE', entries, ARGV[3])
redis.call('EXPIRE', bases, ARGV[3])
local newest = redis.call('XREVRANGE', stream, '+', '-', 'COUNT', 1)[1]
if newest and newest[1] == redis.call('HGET', KEYS[6], ARGV[17]) then
  local rest = kept - redis.call('LLEN', entries)
  if rest > 0 then redis.call('XTRIM', stream, 'MAXLEN', rest) else redis.call('DEL', stream) end
end
tally(KEYS[3], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[3])
count(KEYS[4], KEYS[5], ARGV[9], ARGV[10], 18)
return 1
"""
)

# Keep the newest assessment, and lengthen the list's last run of equal ones, or begin another, unless this very cause
# did so before; one that comes late is only counted, unless it says the same. A run is "first last times document",
# times in milliseconds. KEYS: marks, mark of versions before, days, runs, assessments. ARGV: mark, mark's life, runs'
# life (in seconds), runs kept, day, place, amount, days kept, list, assessment, document, when, silence that ends a run
# (in milliseconds).
KEEP_ASSESSMENT: Final = (
    _ONCE
    + _TALLY
    + _LATE
    + """
local document, at, silence = ARGV[11], tonumber(ARGV[12]), tonumber(ARGV[13])
local newest = redis.call('LINDEX', KEYS[4], 0)
local first, last, times, said
if newest then first, last, times, said = string.match(newest, '^(%d+) (%d+) (%d+) (.*)$') end
local late = last and is_late(at / 1000, tonumber(last) / 1000)
if not late then redis.call('HSET', KEYS[5], ARGV[9], ARGV[10]) end
if done_before(KEYS[1], KEYS[2], ARGV[1], tonumber(ARGV[2])) then return 0 end
if said == document and at - tonumber(last) <= silence and tonumber(first) - at <= silence then
  first, last = math.min(tonumber(first), at), math.max(tonumber(last), at)
  redis.call('LSET', KEYS[4], 0, string.format('%.0f %.0f %d ', first, last, times + 1) .. document)
elseif not late then
  redis.call('LPUSH', KEYS[4], string.format('%.0f %.0f 1 ', at, at) .. document)
  redis.call('LTRIM', KEYS[4], 0, tonumber(ARGV[4]) - 1)
end
redis.call('EXPIRE', KEYS[4], ARGV[3])
tally(KEYS[3], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[3])
return 1
"""
)

# Begin a probe unless it exists already or another one of the list is open; drop the oldest beyond so many, but for
# those that may still arrive and those whose document has little time left anyway (their DSN is waited for). Those of a
# time that is still to come were begun while the clock ran ahead, and stand before this one. KEYS:
# probe, open probe, index, counts. ARGV: id, document, document's life, open life (ms), score, members kept, count,
# score below which none is to come, where documents are, life that is little, index's life (lives in seconds).
OPEN_PROBE: Final = (
    _ADD
    + f"""
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[4]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
for _, ahead in ipairs(redis.call('ZRANGEBYSCORE', KEYS[3], ARGV[5] + {int(AWAY.total_seconds())}, '+inf')) do
  redis.call('ZADD', KEYS[3], ARGV[5] - 0.001, ahead)
end
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
for _, old in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1 - tonumber(ARGV[6]))) do
  if tonumber(redis.call('ZSCORE', KEYS[3], old)) > tonumber(ARGV[8]) then break end
  redis.call('ZREM', KEYS[3], old)
  if redis.call('TTL', ARGV[9] .. old) > tonumber(ARGV[10]) then redis.call('DEL', ARGV[9] .. old) end
end
redis.call('EXPIRE', KEYS[3], ARGV[11])
add(KEYS[4], ARGV[7], 1)
return 1
"""
)

# Put a probe's next document in the place of the one it was made from, with all that follows from its end. Answers 0
# where another document is there meanwhile. KEYS: probe, open probe, days, counts. ARGV: document before, document, id
# ("" while it is open), count ("" for none), day, place, amount, days kept, days' life (in seconds).
CHANGE_PROBE: Final = (
    _TALLY
    + _ADD
    + """
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'KEEPTTL')
if ARGV[3] ~= '' and redis.call('GET', KEYS[2]) == ARGV[3] then redis.call('DEL', KEYS[2]) end
if ARGV[4] ~= '' then add(KEYS[4], ARGV[4], 1) end
tally(KEYS[3], ARGV[5], ARGV[6], ARGV[7], ARGV[8], ARGV[9])
return 1
"""
)

# Change when a notice is due, unless somebody has it in hand meanwhile. KEYS: due, notice. ARGV: id, when it was due,
# when it is (seconds), document before, document ("" for no other one).
PULL_NOTICE: Final = """
if tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or '-1') ~= tonumber(ARGV[2]) then return 0 end
if ARGV[5] ~= '' then
  if redis.call('GET', KEYS[2]) ~= ARGV[4] then return 0 end
  redis.call('SET', KEYS[2], ARGV[5], 'KEEPTTL')
end
redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1])
return 1
"""

# Claim one heartbeat an interval. A claim that lasts longer than it can was made while the clock ran ahead. KEYS:
# claim. ARGV: interval in milliseconds.
CLAIM_PULSE: Final = """
if redis.call('PTTL', KEYS[1]) > tonumber(ARGV[1]) then redis.call('DEL', KEYS[1]) end
return redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) and 1 or 0
"""

# Keep how a machine's clock stands to the store's own and to its steady one, and count a jump of either: a machine's
# once for all processes there, the store's once for all machines, the first of which notes it. Nothing is done where
# this comes much later than it was asked for, or the store's clock was set in between. A machine keeps the name by
# which it was known first: containers on it share its clocks, and each has a name of its own. Machines that were not
# heard for long are dropped. KEYS: clocks, counts. ARGV: machine, its host, its clock, its steady clock, the least
# jump, silence after which one is dropped (in seconds), field of the last jump, counts for one forward and one back,
# the store's time when this was asked for, the most that may have passed since. Answers the store's time, by how much
# the machine's clock jumped, and the store's.
LOOK_AT_CLOCKS: Final = (
    _ADD
    + f"""
local function read(text)
  local is_json, one = pcall(cjson.decode, text)
  if not is_json or type(one) ~= 'table' then return nil end
  for _, name in ipairs({{'at', 'ahead', 'drift', 'since'}}) do
    if type(one[name]) ~= 'number' then return nil end
  end
  return one
end
local time, machine, least = redis.call('TIME'), ARGV[1], tonumber(ARGV[5])
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local function answer(by, store_by)
  return {{string.format('%.6f', now), string.format('%.3f', by), string.format('%.3f', store_by)}}
end
if math.abs(now - ARGV[10]) > tonumber(ARGV[11]) then return answer(0, 0) end
local one = {{host = ARGV[2], at = now, ahead = ARGV[3] - now, drift = ARGV[3] - ARGV[4], since = now}}
local before, by, store_by, shared = read(redis.call('HGET', KEYS[1], machine) or ''), 0, 0, false
if before then
  if type(before.host) == 'string' then one.host = before.host end
  by = one.drift - before.drift
  store_by = before.ahead + by - one.ahead
  shared = math.abs(store_by) >= least
  if math.abs(by) < least then by = 0 end
  local together = by ~= 0 and math.abs(store_by - by) < least
  local is_json, last = pcall(cjson.decode, redis.call('HGET', KEYS[1], ARGV[7]) or '')
  is_json = is_json and type(last) == 'table' and type(last.at) == 'number' and type(last.by) == 'number'
  local noted = is_json and last.shared and math.abs(last.by - store_by) < least
    and last.at <= now and last.at > before.at + store_by - least  -- since this machine's last look, by the clock of now
  if together and noted then by = 0 end
  if not shared or together or noted then store_by = 0 end
  if math.abs(before.ahead - one.ahead) < {int(AWAY.total_seconds())} then one.since = math.min(before.since, now) end
end
redis.call('HSET', KEYS[1], machine, cjson.encode(one))
for _, jump in ipairs({{{{by = by, host = one.host}}, {{by = store_by, host = ''}}}}) do
  if jump.by ~= 0 then
    jump.at, jump.shared = now, shared
    redis.call('HSET', KEYS[1], ARGV[7], cjson.encode(jump))
    add(KEYS[2], jump.by > 0 and ARGV[8] or ARGV[9], 1)
  end
end
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  local other = read(all[i + 1])
  if all[i] ~= ARGV[7] and (not other or now - other.at > tonumber(ARGV[6])) then redis.call('HDEL', KEYS[1], all[i]) end
end
return answer(by, store_by)
"""
)

# Take notices that are due and push them behind their lease.  KEYS: due. ARGV: now, limit, lease.
CLAIM_NOTICES: Final = """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[1], 'XX', tonumber(ARGV[1]) + tonumber(ARGV[3]), id)
end
return ids
"""

# Take one from an allowance that refills by one every interval, up to a burst: the generic cell rate algorithm (ITU-T
# I.371), which keeps one number, the time at which the allowance is whole again: never later than a whole burst takes,
# unless it was written while the clock ran ahead. KEYS: allowance. ARGV: now, interval,
# burst (times in seconds). Answers "" where one was taken, else when to come again.
TAKE_ALLOWANCE: Final = """
local now, every, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local function keep(whole)
  redis.call('SET', KEYS[1], string.format('%.3f', whole), 'EX', math.ceil(burst * every))
end
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
if whole > now + burst * every then
  whole = now + burst * every
  keep(whole)
end
local again = whole - (burst - 1) * every
if again > now then return string.format('%.3f', again) end
keep(whole + every)
return ''
"""

# Keep a document under a name in a hash, and give the hash a new version where that changes anything. KEYS: hash,
# version. ARGV: name, document ("" to delete), new version, whether the old document is named ("1"), old document (""
# for none), how many names at most. Answers created, replaced, same, deleted, absent, changed (by others) or full.
WRITE_NAMED: Final = """
local old = redis.call('HGET', KEYS[1], ARGV[1]) or ''
if ARGV[4] == '1' and old ~= ARGV[5] then return 'changed' end
if ARGV[2] == old then return old == '' and 'absent' or 'same' end
local answer = 'replaced'
if ARGV[2] == '' then
  redis.call('HDEL', KEYS[1], ARGV[1])
  answer = 'deleted'
else
  if old == '' then
    if redis.call('HLEN', KEYS[1]) >= tonumber(ARGV[6]) then return 'full' end
    answer = 'created'
  end
  redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
end
redis.call('SET', KEYS[2], ARGV[3])
return answer
"""

# Let all that was staged take the place of all that is there. EXEC would go on after a command that fails, so that
# everything is looked at first; what follows only unlinks, renames and says when it ends, and cannot fail.
# KEYS: names and when each expires (milliseconds since 1970, or nothing) by turns; the store's own key. ARGV: what the
# names of all keys begin with, of all that is staged, of what is staged here; what is noticed; whether anything may be
# there already; what else may be there. Answers 1: done, now or before (a client asks again where its connection
# broke); 0: some of what was staged is gone; -1: there is something.
SWITCH: Final = """
if redis.replicate_commands then redis.replicate_commands() end
if redis.call('TYPE', KEYS[2]).ok == 'hash' and redis.call('HGET', KEYS[2], 'upheaval') == ARGV[4] then return 1 end
local staged = redis.call('LRANGE', KEYS[1], 0, -1)
if #staged == 0 then return 0 end
for i = 1, #staged, 2 do
  if redis.call('EXISTS', ARGV[3] .. staged[i]) == 0 then return 0 end
end
local allowed, there, cursor = {}, {}, '0'
for i = 6, #ARGV do allowed[ARGV[i]] = true end
repeat
  local found = redis.call('SCAN', cursor, 'MATCH', ARGV[1] .. '*', 'COUNT', 1000)
  cursor = found[1]
  for _, name in ipairs(found[2]) do
    if string.sub(name, 1, #ARGV[2]) ~= ARGV[2] then
      if ARGV[5] == '0' and not allowed[name] then return -1 end
      there[#there + 1] = name
    end
  end
until cursor == '0'
for _, name in ipairs(there) do redis.call('UNLINK', name) end
for i = 1, #staged, 2 do
  redis.call('RENAME', ARGV[3] .. staged[i], staged[i])
  if staged[i + 1] == '' then
    redis.call('PERSIST', staged[i])
  else
    redis.call('PEXPIREAT', staged[i], staged[i + 1])
  end
end
redis.call('UNLINK', KEYS[1])
return 1
"""

# How many subscribers each receiver refused last on each day (UTC). Members are a digest of so many octets, then the
# receiver's id.
# KEYS: refused. ARGV: octets of a digest. Answers {receiver, number of the day, how many} each.
COUNT_REFUSED: Final = """
local found = redis.call('ZRANGE', KEYS[1], 0, -1, 'WITHSCORES')
local counts, begin = {}, tonumber(ARGV[1]) + 1
for i = 1, #found, 2 do
  local receiver, day = string.sub(found[i], begin), math.floor(tonumber(found[i + 1]) / 86400)
  local days = counts[receiver] or {}
  days[day] = (days[day] or 0) + 1
  counts[receiver] = days
end
local told = {}
for receiver, days in pairs(counts) do
  for day, number in pairs(days) do told[#told + 1] = {receiver, day, number} end
end
return told
"""
