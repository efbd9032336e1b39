"""What must happen at once, as Lua that Redis runs without interruption: no kill falls between two steps."""

from typing import Final

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
  local every = tonumber(redis.call('HGET', KEYS[3], member) or '0')
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

# End a claim: the next one gets a slot of its own. A claim that somebody else has ended already changes nothing.
# KEYS: schedule, slots. ARGV: member, slot, next due.
FINISH_CLAIM: Final = """
if redis.call('HGET', KEYS[2], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('ZADD', KEYS[1], 'XX', ARGV[3], ARGV[1])
return 1
"""

# Append to a bounded stream unless this very outcome was appended before. Count it in its bucket (numbers with commas
# between them, one a place; of the buckets the newest are kept) and in the counts of all lists. KEYS: mark, stream,
# tallies, counts, last successes. ARGV: mark's life, document, entries kept, stream's life (lives in seconds), bucket,
# place (from 0; below it: none), amount, buckets kept, whose success it was ("" for none), when, then field, amount,
# field, amount … of the counts.
APPEND_ONCE: Final = """
if not redis.call('SET', KEYS[1], '1', 'NX', 'EX', ARGV[1]) then return 0 end
redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[3], '*', 'd', ARGV[2])
redis.call('EXPIRE', KEYS[2], ARGV[4])
local place = tonumber(ARGV[6]) + 1
if place > 0 then
  local before, counts, kept = redis.call('HGET', KEYS[3], ARGV[5]), {}, tonumber(ARGV[8])
  for number in string.gmatch(before or '', '%d+') do counts[#counts + 1] = number end
  while #counts < place do counts[#counts + 1] = '0' end
  counts[place] = string.format('%d', tonumber(counts[place]) + tonumber(ARGV[7]))
  redis.call('HSET', KEYS[3], ARGV[5], table.concat(counts, ','))
  redis.call('EXPIRE', KEYS[3], ARGV[4])
  if not before and redis.call('HLEN', KEYS[3]) > kept then
    local buckets = redis.call('HKEYS', KEYS[3])
    table.sort(buckets, function(a, b) return tonumber(a) < tonumber(b) end)
    for i = 1, #buckets - kept do redis.call('HDEL', KEYS[3], buckets[i]) end
  end
end
if ARGV[9] ~= '' then redis.call('HSET', KEYS[5], ARGV[9], ARGV[10]) end
for i = 11, #ARGV, 2 do redis.call('HINCRBYFLOAT', KEYS[4], ARGV[i], ARGV[i + 1]) end
return 1
"""

# Begin a probe unless it exists already or another one of the list is open. KEYS: probe, open probe, index, counts.
# ARGV: id, document, document's life, open life (ms), score, members kept, count.
OPEN_PROBE: Final = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
if not redis.call('SET', KEYS[2], ARGV[1], 'NX', 'PX', ARGV[4]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'EX', ARGV[3])
redis.call('ZADD', KEYS[3], ARGV[5], ARGV[1])
redis.call('ZREMRANGEBYRANK', KEYS[3], 0, -1 - tonumber(ARGV[6]))
redis.call('EXPIRE', KEYS[3], ARGV[3])
redis.call('HINCRBYFLOAT', KEYS[4], ARGV[7], 1)
return 1
"""

# Delete a pointer only where it still points to us.  KEYS: pointer. ARGV: id.
RELEASE: Final = """
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0
"""

# Take notices that are due and push them behind their lease.  KEYS: due. ARGV: now, limit, lease.
CLAIM_NOTICES: Final = """
local ids = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', ARGV[1], 'LIMIT', 0, ARGV[2])
for _, id in ipairs(ids) do
  redis.call('ZADD', KEYS[1], 'XX', tonumber(ARGV[1]) + tonumber(ARGV[3]), id)
end
return ids
"""

# Take one from an allowance that refills by one every interval, up to a burst: the generic cell rate algorithm (ITU-T
# I.371), which keeps one number, the time at which the allowance is whole again. KEYS: allowance. ARGV: now, interval,
# burst (times in seconds). Answers "" where one was taken, else when to come again.
TAKE_ALLOWANCE: Final = """
local now, every, burst = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local whole = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local again = whole - (burst - 1) * every
if again > now then return string.format('%.3f', again) end
redis.call('SET', KEYS[1], string.format('%.3f', whole + every), 'EX', math.ceil(burst * every))
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
