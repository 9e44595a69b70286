-- Creates contacts, each with its own address. Argument: a text that no other slice of this data set uses.
local prefix, n = "", 0

function init(args)
  prefix = args[1]
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  n = n + 1
  return wrk.format("POST", nil, nil, string.format(
    '{"firstName":"Ann","lastName":"Smith","email":"ann.%s.%d@example.com","phone":"+14155550132","company":"Northwind","jobTitle":"Buyer","status":"lead","source":"website","tags":["newsletter","q4"]}',
    prefix, n))
end
