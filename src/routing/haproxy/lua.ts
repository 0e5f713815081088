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

-- What follows the first "=" of the first member of ours, over all lines of the header.
local function first_member(txn, name)
  for at = 1, txn.f:req_fhdr_cnt(name) do
    local line = txn.f:req_fhdr(name, at)
    if line ~= nil and line:find('seatrial', 1, true) then
      for member in line:gmatch('[^,]+') do
        local member_name, value = member:match('^[ \t]*(.-)[ \t]*=(.*)$')
        if member_name == 'seatrial' then return value end
      end
    end
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

local function key_of(txn)
  local member = first_member(txn, 'baggage')
  local key, correlation = from_text(member and decoded(trim(member:match('^[^;]*'))))
  if key ~= nil then return key, correlation end
  member = first_member(txn, 'tracestate')
  key, correlation = from_text(member and trim(member))
  if key ~= nil then return key, correlation end
  local header = txn.f:req_fhdr('x-seatrial-key', 1)
  return from_text(header and trim(header:match('^[^,]*')))
end

core.register_action('seatrial', { 'http-req' }, function(txn)
  local key, correlation = key_of(txn)
  if key == nil then return end
  local port = txn.f:dst_port()
  local base = txn:get_var('txn.base')
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
  local kind, destination, instance, refusal = 'keyed', 'baseline', '-', '-'
  local routed = 'baseline'
  if entry ~= nil and entry:sub(1, 1) == 'f' then
    local host, fork_port, sandbox
    host, fork_port, sandbox, instance = entry:match('^f ([^ ]+) ([^ ]+) ([^ ]+) ([^ ]+)')
    kind, destination, routed = 'fork', 'fork', sandbox
    txn:set_var('txn.base', host .. ' ' .. fork_port .. ' ' .. service .. (base and base:match(' close$') or ''))
  elseif entry ~= nil then
    destination, refusal = 'refused', entry:sub(3)
    txn:set_var('txn.service', service)
    txn:set_var('txn.refused', refusal)
  end
  if known then
    last_hop = last_hop + 1
    note('o ' .. last_hop .. ' ' .. key .. ' ' .. (correlation or '-') .. ' ' .. service .. ' ' .. destination
      .. ' ' .. instance .. ' ' .. refusal .. ' ' .. ms)
    txn:set_var('txn.hop', last_hop)
  end
  local content_type = txn.f:req_fhdr('content-type')
  local grpc = content_type ~= nil and content_type:find('^application/grpc[+;]?') and not content_type:find('^application/grpc%-')
  if grpc then txn:set_var('txn.grpc', 1) end
  if destination == 'refused' then return end
  txn:set_var('txn.routed', service .. '=' .. routed)
  txn:set_var('txn.to', txn.f:fc_http_major() == 2 and kind .. (grpc and '-grpc' or '-h2') or kind)
end)

core.register_fetches('seatrial_answered', function(txn)
  local hop = txn:get_var('txn.hop')
  if hop ~= nil then note('a ' .. hop .. ' ' .. txn.f:status() .. ' ' .. (milliseconds())) end
  return 1
end)

-- HAProxy's own answer. A connection that never stood is status 503 until its file makes another of it.
core.register_fetches('seatrial_unanswered', function(txn)
  local hop = txn:get_var('txn.hop')
  if hop ~= nil then note('u ' .. hop .. ' ' .. txn.f:status() .. ' ' .. (txn.f:res_hdr('x-seatrial-error') or '-') .. ' ' .. (milliseconds())) end
  return 1
end)

-- Evaluated for the log, when the request is over, whoever ended it.
core.register_fetches('seatrial_ended', function(txn)
  local hop = txn:get_var('txn.hop')
  if hop ~= nil then note('e ' .. hop) end
  return '-'
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
