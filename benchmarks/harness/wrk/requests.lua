-- One request after another from a template: method, path, body, a file of values, then headers as "Name: value".
-- In path, body and headers {n} is a number never used before, {uuid} a UUID of version 7, {value} the next line of the file.
local method, path, body
local headers, values = {}, {}
local count = 0
local prefix, started

function init(args)
  method, path, body = args[1], args[2], args[3]
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
  started = os.time()
  prefix = string.format("%x-%x-", started, math.random(0, 0x7fffffff))
  if args[4] ~= "" then
    for line in io.lines(args[4]) do values[#values + 1] = line end
  end
  for at = 5, #args do
    local name, value = args[at]:match("^(.-): (.*)$")
    headers[name] = value
  end
end

-- As Palestra's client makes its keys: they begin with a time in milliseconds.
local function uuid()
  local time = string.format("%012x", started * 1000 + count)
  local random = math.random
  return string.format("%s-%s-7%03x-8%03x-%06x%06x", time:sub(1, 8), time:sub(9), random(0, 0xfff), random(0, 0xfff),
    random(0, 0xffffff), random(0, 0xffffff))
end

local function filled(template)
  return (template:gsub("{(%a+)}", { n = prefix .. count, uuid = uuid(), value = values[(count - 1) % math.max(1, #values) + 1] }))
end

function request()
  count = count + 1
  local sent = {}
  for name, value in pairs(headers) do sent[name] = filled(value) end
  return wrk.format(method, filled(path), sent, body ~= "" and filled(body) or nil)
end
