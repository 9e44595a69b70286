-- Creates invoices of one line, each for one of the ten thousand contacts of DataSet. Argument: a seed that no other slice uses.
function init(args)
  wrk.headers["Content-Type"] = "application/json"
  math.randomseed(tonumber(string.sub(args[1], 1, 6), 16))
end

function request()
  return wrk.format("POST", nil, nil, string.format(
    '{"contactId":"01990000-0000-7000-8000-c%011d","items":[{"description":"Desk","quantity":2,"unitPrice":750,"taxRate":8}],"notes":"Thank you"}',
    math.random(1, 10000)))
end
