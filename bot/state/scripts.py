"""The scripts that Redis runs for bot/state/redis.py, in Lua.

A log is one hash: `last` is the number given last; `N:at`, `N:body`, `N:attempts`, `N:fate` (unsent, sent, dead, logged) and
`N:reason` are those of entry N. The sets `unsent:CHANNEL` and `dead:CHANNEL` hold the logs that may have such entries.
"""

from __future__ import annotations

# What several scripts use. A key that has expired may still stand in an index; then it has no fields.
_SHARED = """
local function logs_of(log, fate)
  return 'aftercheck:' .. fate .. ':' .. string.match(log, '^aftercheck:log:([^:]*):')
end

local function clear(log)
  for _, field in ipairs(redis.call('HKEYS', log)) do
    if field ~= 'last' then redis.call('HDEL', log, field) end
  end
end

local function save(dialogue, dialogues, at, seconds, kept, state)
  if kept == '1' then
    redis.call('SET', dialogue, state, 'EX', seconds)
    redis.call('ZADD', dialogues, at, dialogue)
  else
    redis.call('DEL', dialogue)
    redis.call('ZREM', dialogues, dialogue)
  end
end

local function entries(log, after, found, fate)
  local last = tonumber(redis.call('HGET', log, 'last') or 0)
  for number = after + 1, last do
    local n = string.format('%d', number)
    local of = redis.call('HMGET', log, n .. ':at', n .. ':body', n .. ':attempts', n .. ':reason', n .. ':fate')
    if of[5] and (not fate or of[5] == fate) then
      table.insert(found, {log, n, of[1], of[2] or '', of[3], of[4] or ''})
    end
  end
  return found
end

local function of_fate(logs, fate)
  local found = {}
  for _, log in ipairs(redis.call('SMEMBERS', logs)) do
    local before = #found
    entries(log, 0, found, fate)
    if #found == before then redis.call('SREM', logs, log) end
  end
  return found
end
"""

_SCRIPTS = {
    # KEYS: message, messages, waiting, arrivals, channels. ARGV: id, conversation, at, body, seconds.
    "receive": """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'id', ARGV[1], 'conversation', ARGV[2], 'at', ARGV[3], 'body', ARGV[4], 'answered', 0)
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('ZADD', KEYS[2], ARGV[3], KEYS[1])
redis.call('ZADD', KEYS[3], redis.call('INCR', KEYS[4]), KEYS[1])
redis.call('SADD', KEYS[5], KEYS[3])
return 1
""",
    # KEYS: channels, as the keys of what waits on each.
    "oldest_waiting": """
local oldest = false
for _, waiting in ipairs(redis.call('SMEMBERS', KEYS[1])) do
  local first = redis.call('ZRANGE', waiting, 0, 0)[1]
  local at = first and redis.call('HGET', first, 'at')
  if at and (not oldest or tonumber(at) < tonumber(oldest)) then oldest = at end
end
return oldest
""",
    # KEYS: waiting.
    "unanswered": """
local found = {}
for _, message in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  local of = redis.call('HMGET', message, 'id', 'conversation', 'at', 'body')
  if of[4] then table.insert(found, of) else redis.call('ZREM', KEYS[1], message) end
end
return found
""",
    # KEYS: message, waiting, log, logs, dialogues.
    # ARGV: since when it is unused, seconds, forgets, number of dialogues, time and fate of the entries, seconds of the log,
    # for each dialogue its key, whether it is kept and its state, then the bodies.
    "finish": """
if redis.call('HGET', KEYS[1], 'answered') ~= '0' then return 0 end
redis.call('HSET', KEYS[1], 'answered', 1)
redis.call('HDEL', KEYS[1], 'body')
redis.call('ZREM', KEYS[2], KEYS[1])
local used, seconds, dialogues, at, fate = ARGV[1], ARGV[2], tonumber(ARGV[4]), ARGV[5], ARGV[6]
for i = 8, 5 + 3 * dialogues, 3 do save(ARGV[i], KEYS[5], used, seconds, ARGV[i + 1], ARGV[i + 2]) end
local log = KEYS[3]
if ARGV[3] == '1' then clear(log) end
local bodies = {unpack(ARGV, 8 + 3 * dialogues)}
if #bodies == 0 then return 0 end
local last = redis.call('HINCRBY', log, 'last', #bodies)
for i, body in ipairs(bodies) do
  local n = string.format('%d', last - #bodies + i)
  redis.call('HSET', log, n .. ':at', at, n .. ':body', body, n .. ':attempts', 0, n .. ':fate', fate)
end
redis.call('EXPIRE', log, ARGV[7])
redis.call('ZADD', KEYS[4], used, log)
if fate == 'unsent' then redis.call('SADD', logs_of(log, 'unsent'), log) end
return last
""",
    # KEYS: log.
    "last": "return redis.call('HGET', KEYS[1], 'last')",
    # KEYS: log. ARGV: after.
    "entries": "return entries(KEYS[1], tonumber(ARGV[1]), {})",
    # KEYS: the logs that may have entries of a fate. ARGV: fate.
    "of_fate": "return of_fate(KEYS[1], ARGV[1])",
    # KEYS: log. ARGV: number.
    "sent": """
if redis.call('HEXISTS', KEYS[1], ARGV[1] .. ':fate') == 0 then return end
redis.call('HSET', KEYS[1], ARGV[1] .. ':fate', 'sent')
redis.call('HDEL', KEYS[1], ARGV[1] .. ':body', ARGV[1] .. ':reason')
""",
    # KEYS: log. ARGV: number.
    "failed": """
if redis.call('HEXISTS', KEYS[1], ARGV[1] .. ':fate') == 0 then return end
redis.call('HINCRBY', KEYS[1], ARGV[1] .. ':attempts', 1)
""",
    # KEYS: log. ARGV: number, reason.
    "died": """
if redis.call('HGET', KEYS[1], ARGV[1] .. ':fate') ~= 'unsent' then return end
redis.call('HSET', KEYS[1], ARGV[1] .. ':fate', 'dead', ARGV[1] .. ':reason', ARGV[2])
redis.call('SADD', logs_of(KEYS[1], 'dead'), KEYS[1])
""",
    # KEYS: the logs that may have dead entries.
    "revive": """
local found = of_fate(KEYS[1], 'dead')
for _, entry in ipairs(found) do
  local log, n = entry[1], entry[2]
  redis.call('HSET', log, n .. ':fate', 'unsent', n .. ':attempts', 0)
  redis.call('HDEL', log, n .. ':reason')
  redis.call('SADD', logs_of(log, 'unsent'), log)
end
redis.call('DEL', KEYS[1])
return #found
""",
    # KEYS: dialogue.
    "load": "return redis.call('GET', KEYS[1])",
    # KEYS: dialogue, dialogues. ARGV: at, seconds, whether it is kept, state.
    "save": "save(KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3], ARGV[4])",
    # KEYS: marks. ARGV: name, on.
    "mark": "if ARGV[2] == '1' then redis.call('SADD', KEYS[1], ARGV[1]) else redis.call('SREM', KEYS[1], ARGV[1]) end",
    # KEYS: marks. ARGV: name.
    "marked": "return redis.call('SISMEMBER', KEYS[1], ARGV[1])",
    # KEYS: waiting, log, dialogue, dialogues. ARGV: conversation.
    "forget": """
for _, message in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do
  if redis.call('HGET', message, 'conversation') == ARGV[1] then
    redis.call('HSET', message, 'answered', 1)
    redis.call('HDEL', message, 'body')
    redis.call('ZREM', KEYS[1], message)
  end
end
clear(KEYS[2])
save(KEYS[3], KEYS[4], 0, 0, '0', '')
""",
    # KEYS: messages, logs, dialogues. ARGV: how many bytes of each body.
    "heads": """
local found, known = {}, {}
local function add(body)
  local head = body and string.sub(body, 1, tonumber(ARGV[1]))
  if head and head ~= '' and not known[head] then
    known[head] = true
    table.insert(found, head)
  end
end
for _, message in ipairs(redis.call('ZRANGE', KEYS[1], 0, -1)) do add(redis.call('HGET', message, 'body')) end
for _, log in ipairs(redis.call('ZRANGE', KEYS[2], 0, -1)) do
  for _, field in ipairs(redis.call('HKEYS', log)) do
    if string.match(field, ':body$') then add(redis.call('HGET', log, field)) end
  end
end
for _, dialogue in ipairs(redis.call('ZRANGE', KEYS[3], 0, -1)) do add(redis.call('GET', dialogue)) end
return found
""",
    # KEYS: messages, logs, dialogues. ARGV: before which time messages are forgotten, before which the others are, how many of
    # each at most. A log in which something is not delivered is kept like a message. Returns how many entries were lost, and
    # of how many logs, messages or dialogues, whichever were most.
    "expire": """
local lost, gone, most = 0, 0, tonumber(ARGV[3])
local old = {}
for _, log in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[1])) do old[log] = true end
for _, log in ipairs(redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', ARGV[2])) do
  if gone == most then break end
  local left = #entries(log, 0, {}, 'unsent') + #entries(log, 0, {}, 'dead')
  if left == 0 or old[log] then
    lost = lost + left
    gone = gone + 1
    redis.call('SREM', logs_of(log, 'unsent'), log)
    redis.call('SREM', logs_of(log, 'dead'), log)
    redis.call('DEL', log)
    redis.call('ZREM', KEYS[2], log)
  end
end
for i, before in pairs({[1] = ARGV[1], [3] = ARGV[2]}) do
  local keys = redis.call('ZRANGEBYSCORE', KEYS[i], '-inf', before, 'LIMIT', 0, most)
  for _, key in ipairs(keys) do
    redis.call('DEL', key)
    redis.call('ZREM', KEYS[i], key)
  end
  gone = math.max(gone, #keys)
end
return {lost, gone}
""",
}
SCRIPTS = {name: _SHARED + text for name, text in _SCRIPTS.items()}
# Those that change nothing, apart from what they find to be gone.
READING = frozenset({"oldest_waiting", "unanswered", "last", "entries", "of_fate", "load", "marked"})
