-- Asks for one contact after the other. Arguments: a file with a path a line.
local paths, n = {}, 0

function init(args)
  for line in io.lines(args[1]) do paths[#paths + 1] = wrk.format("GET", line) end
end

function request()
  n = n % #paths + 1
  return paths[n]
end
