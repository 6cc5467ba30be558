-- Buys, verifies and uses: each answer says what is asked next. Arguments: the merchandise, then headers.
local merchandise
local waiting = {}

function init(args)
  merchandise = args[1]
  wrk.headers["Content-Type"] = "application/json"
  for at = 2, #args do
    local name, value = args[at]:match("^(.-): (.*)$")
    wrk.headers[name] = value
  end
end

local function post(path, body)
  return wrk.format("POST", path, nil, body)
end

function request()
  local step = table.remove(waiting)
  if step then return post(step.path, step.body) end
  local body = '{"merchandiseId":"%s","paymentMethod":"sandbox"}'
  return post("/api/perform_transaction", body:format(merchandise))
end

function response(status, _, body)
  if status >= 300 then return end
  local record, prepay = body:match('"transactionRecordId":"(%d+)","prepayId":"([^"]+)"')
  if record then
    local next = '{"transactionRecordId":"%s","transactionId":"%s"}'
    waiting[#waiting + 1] = { path = "/api/verify_transaction", body = next:format(record, prepay) }
    return
  end
  if body:find('"qr":', 1, true) then
    local next = '{"transactionRecordId":"%s","merchandiseId":"%s"}'
    local verified = body:match('"data":{"_id":"(%d+)"')
    waiting[#waiting + 1] = { path = "/api/verify_transaction_record", body = next:format(verified, merchandise) }
  end
end
