-- Work on orders for wrk, which hands over what follows its "--":
--
--   fetch SEED FILE             one order, its ref drawn from a file of refs, 36 bytes each
--   create SEED PREFIX KIND     a new order, its referenceId "ascending" or "random"; or
--                               "matching", where each tenth is of one that was there
--   browse SEED OFFSETS         a page of 100 whole orders, from an offset below OFFSETS
--   at SEED OFFSET              a page of 100 whole orders, from this offset
--   trickle SEED PREFIX MILLIS  as create, each connection resting that long before it
--   plain SEED METHOD           whatever is at the root
--
-- Prints one line of JSON at the end.

local BODY = '{"referenceId":"%s","orderedAt":"2024-01-01T16:17:16Z","currencyCode":"EUR",'
  .. '"price":100.10,"paymentType":"Card","cardType":"Visa","pointOfSale":"shop.example.com",'
  .. '"channel":"WEB","status":"PURCHASED"}'

local count = 0

local function post(path, reference)
  return wrk.format("POST", path, nil, string.format(BODY, reference))
end

local function create(prefix, kind)
  return function()
    count = count + 1
    local number = count
    if kind == "random" then
      number = string.format("%08x%08x", math.random(0, 2 ^ 31), math.random(0, 2 ^ 31))
      return post("/v2.1/orders", number .. prefix)
    end
    if kind == "matching" and count % 10 == 0 then
      number = math.random(1, count - 1)
    end
    return post("/v2.1/orders", string.format("%s%09d", prefix, number))
  end
end

local works = {}

function works.fetch(file)
  -- Left where they are: ten million don't fit into what a script may hold.
  local refs = assert(io.open(file, "rb"))
  local last = refs:seek("end") / 36 - 1
  return function()
    refs:seek("set", math.random(0, last) * 36)
    return wrk.format("GET", "/v2.1/orders/" .. refs:read(36))
  end
end

works.create = create

function works.trickle(prefix, milliseconds)
  local rest = tonumber(milliseconds)
  delay = function()
    return rest
  end
  return create(prefix, "ascending")
end

local function page(offset)
  return wrk.format("GET", "/v2.1/orders?limit=100&expand=true&offset=" .. offset)
end

function works.browse(offsets)
  local last = tonumber(offsets) - 1
  return function()
    return page(math.random(0, last))
  end
end

function works.at(offset)
  return function()
    return page(offset)
  end
end

function works.plain(method)
  if method == "POST" then
    return create("plain", "ascending")
  end
  return function()
    return wrk.format("GET", "/")
  end
end

function init(arguments)
  wrk.headers["Content-Type"] = "application/json"
  math.randomseed(tonumber(arguments[2]))
  request = works[arguments[1]](unpack(arguments, 3))
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"seconds":%.6f,"bytes":%d,"failed":%d,"p50_us":%d,"p99_us":%d}\n',
    summary.requests, summary.duration / 1e6, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
