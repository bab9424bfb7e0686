-- Sends exactly `count` requests, one line of the file `paths` after the other, and then rests.
-- A line is a path and the headers of the request, with tabs between.
-- wrk itself knows no number of requests and sleeps until its duration is over: the word
-- "finished" tells the caller to end it. Run with one thread only.
-- wrk's own duration is a multiple of 100 ms, so the clock is read here.
local ffi = require("ffi")
ffi.cdef("typedef struct { long seconds; long nanoseconds; } moment;" ..
  "int clock_gettime(int clock, moment *now);")
local now = ffi.new("moment")
local requests, count, expected = {}, 0, 200
local planned, sent, answered, wrong, begun = 0, 0, 0, 0, 0

local function microseconds()
  ffi.C.clock_gettime(1, now)
  return tonumber(now.seconds) * 1e6 + tonumber(now.nanoseconds) / 1e3
end

function init(args)
  count, expected = tonumber(args[2]), tonumber(args[3])
  for line in io.lines(args[1]) do
    local headers = { Host = wrk.headers["Host"] }
    for name, value in line:gmatch("\t([^\t:]+): ([^\t]*)") do
      headers[name] = value
    end
    requests[#requests + 1] = wrk.format("GET", line:match("^[^\t]*"), headers)
  end
end

function delay()
  if planned >= count then
    return 3600000
  end
  planned = planned + 1
  return 0
end

function request()
  if sent == 0 then
    begun = microseconds()
  end
  sent = sent + 1
  return requests[(sent - 1) % #requests + 1]
end

function response(status)
  if status ~= expected then
    wrong = wrong + 1
  end
  answered = answered + 1
  if answered == count then
    io.write(string.format("wrong %d\n", wrong))
    io.write(string.format("took %d\n", microseconds() - begun))
    io.write("finished\n")
    io.flush()
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format("summary %d %d %d %d\n",
    summary.requests, summary.duration, failed, summary.bytes))
  for i = 1, #latency do
    local value, times = latency(i)
    io.write(string.format("latency %d %d\n", value, times))
  end
end
