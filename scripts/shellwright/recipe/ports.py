"""One report in four languages, which print the same bytes for the same input."""

from __future__ import annotations

PERL = r"""#!/usr/bin/perl
# Standing of each @KEY@: records, sum and the @WHO@ with the largest share.
# Reads tab-separated records from standard input.
use strict;
use warnings;

my (%sum, %records, %by, %at);
my $header = <STDIN> // '';
$header =~ s/\r?\n\z//;
my $n = 0;
$at{$_} = $n++ for split /\t/, $header;
for my $name ('@KEY@', '@WHO@', '@AMOUNT@') {
    next if exists $at{$name};
    print STDERR "no column $name\n";
    exit 2;
}
while (<STDIN>) {
    s/\r?\n\z//;
    next if /^\s*(#|$)/;
    my ($key, $who, $amount) = (split /\t/, $_, -1)[@at{'@KEY@', '@WHO@', '@AMOUNT@'}];
    next unless defined $amount && $amount =~ /^(-?)(\d+)(?:\.(\d\d?))?$/;
    my ($sign, $whole, $part) = ($1, $2, $3 // '0');
    my $cents = $whole * 100 + $part * (length $part == 1 ? 10 : 1);
    $cents = -$cents if $sign;
    s/^\s+|\s+$//g for $key, $who;
    $sum{$key} += $cents;
    $records{$key}++;
    $by{$key}{$who} += $cents;
}
print join("\t", '@KEY@', 'records', 'total', 'top_@WHO@'), "\n";
for my $key (sort { $sum{$b} <=> $sum{$a} || $a cmp $b } keys %sum) {
    my $shares = $by{$key};
    my ($top) = sort { $shares->{$b} <=> $shares->{$a} || $a cmp $b } keys %$shares;
    my $cents = abs $sum{$key};
    printf "%s\t%d\t%s%d.%02d\t%s\n", $key, $records{$key}, $sum{$key} < 0 ? '-' : '',
        int($cents / 100), $cents % 100, $top;
}
"""
LUA = r"""-- Standing of each @KEY@: records, sum and the @WHO@ with the largest share.
local names = {"@KEY@", "@WHO@", "@AMOUNT@"}

local function lines()
  return function()
    local line = io.read("L")
    return line and (line:gsub("\r?\n$", ""))
  end
end

local function split(line)
  local cells = {}
  for cell in (line .. "\t"):gmatch("([^\t]*)\t") do cells[#cells + 1] = cell end
  return cells
end

local function trim(text) return (text:gsub("^%s+", ""):gsub("%s+$", "")) end

-- The amount in cents, or nil where the text is none.
local function cents(text)
  local sign, whole, part = text:match("^(%-?)(%d+)%.(%d%d?)$")
  if not sign then sign, whole = text:match("^(%-?)(%d+)$") end
  if not sign then return nil end
  part = part or "0"
  local value = math.tointeger(tonumber(whole)) * 100 + tonumber(part) * (#part == 1 and 10 or 1)
  return sign == "-" and -value or value
end

local function by_size(sums)
  local keys = {}
  for key in pairs(sums) do keys[#keys + 1] = key end
  table.sort(keys, function(a, b)
    if sums[a] ~= sums[b] then return sums[a] > sums[b] end
    return a < b
  end)
  return keys
end

local sum, records, by, at, next_line = {}, {}, {}, {}, lines()
for place, name in ipairs(split(next_line() or "")) do at[name] = place end
for _, name in ipairs(names) do
  if not at[name] then
    io.stderr:write("no column ", name, "\n")
    os.exit(2)
  end
end
for line in next_line do
  local cells = split(line)
  local value = not line:match("^%s*#") and line:match("%S") and cells[at[names[3]]]
  value = value and cents(value)
  if value then
    local key, who = trim(cells[at[names[1]]]), trim(cells[at[names[2]]])
    sum[key] = (sum[key] or 0) + value
    records[key] = (records[key] or 0) + 1
    by[key] = by[key] or {}
    by[key][who] = (by[key][who] or 0) + value
  end
end
print(table.concat({"@KEY@", "records", "total", "top_@WHO@"}, "\t"))
for _, key in ipairs(by_size(sum)) do
  local size = math.abs(sum[key])
  print(string.format("%s\t%d\t%s%d.%02d\t%s", key, records[key], sum[key] < 0 and "-" or "",
    size // 100, size % 100, by_size(by[key])[1]))
end
"""
RUBY = r"""# Standing of each @KEY@: records, sum and the @WHO@ with the largest share.
NAMES = %w[@KEY@ @WHO@ @AMOUNT@].map(&:b)
$stdin.binmode
$stdout.binmode

def trim(text) = text.gsub(/\A\s+|\s+\z/n, "")

def by_size(sums) = sums.keys.sort_by { |key| [-sums[key], key] }

header = ($stdin.gets || "").sub(/\r?\n\z/n, "").split("\t")
NAMES.each do |name|
  next if header.include?(name)
  warn "no column #{name}"
  exit 2
end
places = NAMES.map { |name| header.rindex(name) }
sum, records = Hash.new(0), Hash.new(0)
by = Hash.new { |found, key| found[key] = Hash.new(0) }
$stdin.each_line do |line|
  line = line.sub(/\r?\n\z/n, "")
  next if line.match?(/\A\s*(#|\z)/n)
  key, who, amount = line.split("\t", -1).values_at(*places)
  found = /\A(-?)(\d+)(?:\.(\d\d?))?\z/n.match(amount || "")
  next unless found
  value = found[2].to_i * 100 + (found[3] || "0").ljust(2, "0").to_i
  value = -value if found[1] == "-"
  key, who = trim(key), trim(who)
  sum[key] += value
  records[key] += 1
  by[key][who] += value
end
puts ["@KEY@", "records", "total", "top_@WHO@"].join("\t")
by_size(sum).each do |key|
  sign = sum[key] < 0 ? "-" : ""
  size = sum[key].abs
  amount = format("%s%d.%02d", sign, size / 100, size % 100)
  puts [key, records[key], amount, by_size(by[key]).first].join("\t".b)
end
"""
TCL = r"""# Standing of each @KEY@: records, sum and the @WHO@ with the largest share.
set names {@KEY@ @WHO@ @AMOUNT@}
foreach channel {stdin stdout} { fconfigure $channel -encoding binary -translation lf }

proc by_size {sums} {
    return [lsort -command [list compare $sums] [dict keys $sums]]
}
proc compare {sums a b} {
    set x [dict get $sums $a]
    set y [dict get $sums $b]
    return [expr {$x == $y ? [string compare $a $b] : ($x < $y ? 1 : -1)}]
}
proc trim {text} {
    regsub {^\s+} $text "" text
    regsub {\s+$} $text "" text
    return $text
}

gets stdin header
set place 0
foreach name [split [regsub {\r$} $header ""] \t] {
    set at($name) $place
    incr place
}
foreach name $names {
    if {![info exists at($name)]} {
        puts stderr "no column $name"
        exit 2
    }
}
set sum [dict create]
set by [dict create]
while {[gets stdin line] >= 0} {
    set line [regsub {\r$} $line ""]
    if {[regexp {^\s*(#|$)} $line]} continue
    set cells [split $line \t]
    lassign [lmap name $names {lindex $cells $at($name)}] key who amount
    if {![regexp {^(-?)(\d+)(?:\.(\d\d?))?$} $amount -> sign whole part]} continue
    # Leading zeros must not make these octal.
    scan $whole %lld whole
    scan [string range ${part}00 0 1] %d part
    set value [expr {($whole * 100 + $part) * ($sign eq "-" ? -1 : 1)}]
    set key [trim $key]
    set who [trim $who]
    dict incr sum $key $value
    dict incr records $key
    dict update by $key shares { dict incr shares $who $value }
}
puts [join {@KEY@ records total top_@WHO@} \t]
foreach key [by_size $sum] {
    set size [dict get $sum $key]
    set sign [expr {$size < 0 ? "-" : ""}]
    set size [expr {abs($size)}]
    set amount [format %s%d.%02d $sign [expr {$size / 100}] [expr {$size % 100}]]
    puts [join [list $key [dict get $records $key] $amount \
        [lindex [by_size [dict get $by $key]] 0]] \t]
}
"""
