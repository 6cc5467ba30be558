-- One request after another from a template: method, body, a file of values, then headers as "Name: value".
-- In body and headers {n} is a number never used before, {value} the next line of the file.
local method, body
local headers, values = {}, {}
local count = 0
local prefix

function init(args)
  method, body = args[1], args[2]
  math.randomseed(os.time() + tonumber(tostring({}):match("0x(%x+)"), 16) % 100000)
  prefix = string.format("%x-%x-", os.time(), math.random(0, 0x7fffffff))
  if args[3] ~= "" then
    for line in io.lines(args[3]) do values[#values + 1] = line end
  end
  for at = 4, #args do
    local name, value = args[at]:match("^(.-): (.*)$")
    headers[name] = value
  end
end

local function filled(template)
  return (template:gsub("{(%a+)}", { n = prefix .. count, value = values[(count - 1) % math.max(1, #values) + 1] }))
end

function request()
  count = count + 1
  local sent = {}
  for name, value in pairs(headers) do sent[name] = filled(value) end
  return wrk.format(method, nil, sent, body ~= "" and filled(body) or nil)
end
