-- Buys, verifies and uses: each answer says what is asked next. Arguments: ids of what is sold, with commas, tokens of those
-- who buy, with commas, the folder of the three paths, then headers as "Name: value" of the one who admits. Each thread is
-- another member, who buys another thing each time, since an account may leave only so many of one unpaid.
local threads = 0
local offers = {}
local buyer = {}
local folder = ''
local waiting = {}
local count = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(args)
  for id in args[1]:gmatch("%d+") do offers[#offers + 1] = id end
  folder = args[3]
  for at = 4, #args do
    local name, value = args[at]:match("^(.-): (.*)$")
    wrk.headers[name] = value
  end
  for name, value in pairs(wrk.headers) do buyer[name] = value end
  local tokens = {}
  for token in args[2]:gmatch("[^,]+") do tokens[#tokens + 1] = token end
  buyer["authorization"] = "Bearer " .. tokens[(number - 1) % #tokens + 1]
end

local function post(path, headers, body)
  return wrk.format("POST", path, headers, body)
end

function request()
  local step = table.remove(waiting)
  if step then return post(step.path, step.headers, step.body) end
  count = count + 1
  local body = '{"merchandiseId":"%s","paymentMethod":"sandbox"}'
  return post(folder .. "/perform_transaction", buyer, body:format(offers[count % #offers + 1]))
end

function response(status, _, body)
  if status >= 300 then return end
  local record, prepay = body:match('"transactionRecordId":"(%d+)","prepayId":"([^"]+)"')
  if record then
    local next = '{"transactionRecordId":"%s","transactionId":"%s"}'
    waiting[#waiting + 1] = { path = folder .. "/verify_transaction", headers = buyer, body = next:format(record, prepay) }
  elseif body:find('"qr":', 1, true) then
    local next = '{"transactionRecordId":"%s","merchandiseId":"%s"}'
    local verified = body:match('"data":{"_id":"(%d+)"')
    local bought = body:match('"merchandise":{"_id":"(%d+)"')
    waiting[#waiting + 1] = { path = folder .. "/verify_transaction_record", body = next:format(verified, bought) }
  end
end
