-- Sends exactly `count` requests, one of `copies` paths after the other, and then rests.
-- wrk itself knows no number of requests and sleeps until its duration is over: the word
-- "finished" tells the caller to end it. Run with one thread only.
local before, after, copies, count
local planned, sent, answered = 0, 0, 0

function init(args)
  before, after = args[1], args[2]
  copies, count = tonumber(args[3]), tonumber(args[4])
end

function delay()
  if planned >= count then
    return 3600000
  end
  planned = planned + 1
  return 0
end

function request()
  local path = before .. (sent % copies) .. after
  sent = sent + 1
  return wrk.format("GET", path)
end

function response()
  answered = answered + 1
  if answered == count then
    io.write("finished\n")
    io.flush()
  end
end

function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.status + errors.timeout
  io.write(string.format("summary %d %d %d %d\n",
    summary.requests, summary.duration, failed, summary.bytes))
  for i = 1, #latency do
    local value, times = latency(i)
    io.write(string.format("latency %d %d\n", value, times))
  end
end
