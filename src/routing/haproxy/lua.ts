/**
 * What HAProxy does with a keyed request, in Lua: which key (the rules of `key.ts`), which entry of the table, which
 * answer, and a line for each hop.
 *
 * Events of hops wait, numbered without a gap, until the agent takes them through the runtime socket. They are noted
 * before the answer is passed on, so what a caller has read is there when it asks. An end of the queue that is cut
 * off shows as a gap in the numbers; a new start shows as another epoch.
 *
 * The agent's beat says that the table is whole. Without it for some seconds, keyed requests are refused: the entries
 * may be those of yesterday.
 */
export function routerLua(tableFile: string): string {
  return String.raw`
local routes = Map.new(${JSON.stringify(tableFile)}, Map._str)
local reserved = 'base-000000000000000'
local beat_seconds = 5
local most_events = 100000

local random = io.open('/dev/urandom', 'rb')
local epoch = random:read(8):gsub('.', function(c) return string.format('%02x', c:byte()) end)
random:close()

local beat = 0
local events = {}
local first_event = 1
local last_event = 0
local last_hop = 0

local function note(event)
  last_event = last_event + 1
  events[last_event] = event
  if last_event - first_event >= most_events then
    events[first_event] = nil
    first_event = first_event + 1
  end
end

local function milliseconds()
  local now = core.now()
  return string.format('%d', now.sec * 1000 + now.usec // 1000), now.sec
end

local function trim(text)
  return text:match('^[ \t]*(.-)[ \t]*$')
end

-- What follows the first "=" of the first member of ours.
local function member_of(line)
  if line == nil or not line:find('seatrial', 1, true) then return nil end
  for member in line:gmatch('[^,]+') do
    local member_name, value = member:match('^[ \t]*(.-)[ \t]*=(.*)$')
    if member_name == 'seatrial' then return value end
  end
  return nil
end

-- Over all lines of the header.
local function first_member(txn, name)
  for at = 1, txn.f:req_fhdr_cnt(name) do
    local value = member_of(txn.f:req_fhdr(name, at))
    if value ~= nil then return value end
  end
  return nil
end

local function from_text(text)
  if text == nil then return nil end
  local key, rest = text:sub(1, 20), text:sub(21)
  if #key ~= 20 or not key:find('^[a-z0-9-]+$') then return nil end
  if rest == '' then return key, nil end
  if rest:sub(1, 1) ~= '.' then return nil end
  local correlation = rest:sub(2)
  if #correlation ~= 8 or not correlation:find('^[a-z0-9]+$') then correlation = nil end
  return key, correlation
end

local function decoded(text)
  return (text:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

local function from_baggage(member)
  return from_text(member and decoded(trim(member:match('^[^;]*'))))
end

local function key_of(txn)
  local key, correlation = from_baggage(first_member(txn, 'baggage'))
  if key ~= nil then return key, correlation end
  local member = first_member(txn, 'tracestate')
  key, correlation = from_text(member and trim(member))
  if key ~= nil then return key, correlation end
  local header = txn.f:req_fhdr('x-seatrial-key', 1)
  return from_text(header and trim(header:match('^[^,]*')))
end

-- What is to be done, as the configuration reads it: \`keyed <hop> <routed>\`, \`fork <hop> <routed> <base>\` or
-- \`refused <hop> <reason> <service>\`; hop is \`none\` where hops of the key are not counted.
local function decide(port, base, key, correlation)
  local service = base and base:match('^[^ ]+ [^ ]+ ([^ ]+)') or '-'
  local ms, seconds = milliseconds()
  local known = key == reserved or routes:lookup('k:' .. key) ~= nil
  local entry
  if key ~= reserved then
    if seconds - beat > beat_seconds then
      entry = 'r router-not-loaded'
    else
      entry = routes:lookup(port .. ':' .. key)
    end
  end
  local destination, instance, refusal, said = 'baseline', '-', '-', service .. '=baseline'
  if entry ~= nil and entry:sub(1, 1) == 'f' then
    local host, fork_port, sandbox
    host, fork_port, sandbox, instance = entry:match('^f ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+)')
    destination = 'fork'
    said = service .. '=' .. sandbox .. ' ' .. host .. ' ' .. fork_port .. ' ' .. service .. (base and base:match(' close$') or '')
  elseif entry ~= nil then
    destination, refusal = 'refused', entry:sub(3)
    said = refusal .. ' ' .. service
  end
  local hop = 'none'
  if known then
    last_hop = last_hop + 1
    hop = string.format('%d', last_hop)
    note('o ' .. hop .. ' ' .. key .. ' ' .. (correlation or '-') .. ' ' .. service .. ' ' .. destination
      .. ' ' .. instance .. ' ' .. refusal .. ' ' .. ms)
  end
  return (destination == 'baseline' and 'keyed' or destination) .. ' ' .. hop .. ' ' .. said
end

-- Of \`<router port>|<its entry>|<the one line of baggage>\`. A converter costs a third of an action, which gets the
-- whole request as an object; \`-\` where that is needed.
core.register_converters('seatrial_said', function(text)
  local port, base, line = text:match('^(%d+)|([^|]*)|(.*)$')
  local key, correlation = from_baggage(member_of(line))
  if key == nil then return '-' end
  return decide(port, base ~= '' and base or nil, key, correlation)
end)

core.register_action('seatrial', { 'http-req' }, function(txn)
  local key, correlation = key_of(txn)
  if key == nil then txn:unset_var('txn.said')
  else txn:set_var('txn.said', decide(txn.f:dst_port(), txn:get_var('txn.base'), key, correlation)) end
end)

-- Of \`<hop> <status>\`.
core.register_converters('seatrial_answered', function(text)
  note('a ' .. text .. ' ' .. (milliseconds()))
  return '1'
end)

-- HAProxy's own answer. A connection that never stood is status 503 until its file makes another of it.
core.register_fetches('seatrial_unanswered', function(txn)
  local hop = txn:get_var('txn.hop')
  if hop ~= nil then note('u ' .. hop .. ' ' .. txn.f:status() .. ' ' .. (txn.f:res_hdr('x-seatrial-error') or '-') .. ' ' .. (milliseconds())) end
  return 1
end)

-- Evaluated for the log, when the request is over and not as it should be. Who ended it stands in the log's line alone.
core.register_fetches('seatrial_ended', function(txn)
  local hop = txn:get_var('txn.hop') or '-'
  if hop ~= '-' then note('e ' .. hop) end
  return hop
end)

-- Only who loaded this very life of HAProxy says that its table is whole.
core.register_cli({ 'seatrial', 'beat' }, 'seatrial beat <epoch>                    : the table is whole, for some seconds', function(applet, _, _, of)
  if of == epoch then beat = core.now().sec end
  applet:send(epoch .. '\n')
end)

core.register_cli({ 'seatrial', 'mute' }, 'seatrial mute                            : the table is not whole', function(applet)
  beat = 0
  applet:send(epoch .. '\n')
end)

core.register_cli({ 'seatrial', 'epoch' }, 'seatrial epoch                           : of this life of HAProxy', function(applet)
  applet:send(epoch .. '\n')
end)

-- The events after a number, at most 2,000; those up to it were received and are let go. A number of another life is none.
core.register_cli({ 'seatrial', 'hops' }, 'seatrial hops <after> <epoch>            : events of hops after a number', function(applet, _, _, after, of)
  local from = of == epoch and tonumber(after) or 0
  while first_event <= from and first_event <= last_event do
    events[first_event] = nil
    first_event = first_event + 1
  end
  local last = math.min(last_event, first_event + 1999)
  local lines = { epoch .. ' ' .. first_event .. ' ' .. last .. ' ' .. last_event }
  for at = first_event, last do lines[#lines + 1] = events[at] end
  applet:send(table.concat(lines, '\n') .. '\n')
end)
`.trimStart();
}
