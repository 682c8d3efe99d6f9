"""The C++ sources of a report program and of the library that it uses."""

from __future__ import annotations

HEADER = """#ifndef LEDGER_H
#define LEDGER_H

namespace ledger {

int split(char *line, char **cells, int most);
@PUT@
class Book {
public:
@ADD@    int groups() const;
    int records(int place) const;
@NAME@@TOTAL@
private:
    char names[128][96];
    long sums[128];
    int counts[128];
    int used = 0;
};

}

#endif
"""
LIBRARY = """#include "ledger.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace ledger {

int split(char *line, char **cells, int most)
{
    int count = 0;
    char *in = line;
    while (count < most) {
        char *out = in;
        bool quoted = false;
        cells[count++] = out;
        for (; *in && (quoted || (*in != ',' && *in != '\\n' && *in != '\\r')); in++) {
            if (*in != '"')
                *out++ = *in;
            else if (quoted && in[1] == '"')
                *out++ = *++in;
            else
                quoted = !quoted;
        }
        char end = *in++;
        *out = '\\0';
        if (end != ',')
            break;
    }
    return count;
}

@ADD@
{
    int at = 0;
    while (at < used && std::strcmp(names[at], name) < 0)
        at++;
    if (at == used || std::strcmp(names[at], name) != 0) {
        if (used == 128)
            std::exit(3);
        std::memmove(names + at + 1, names + at, sizeof names[0] * (used - at));
        std::memmove(sums + at + 1, sums + at, sizeof sums[0] * (used - at));
        std::memmove(counts + at + 1, counts + at, sizeof counts[0] * (used - at));
        std::strncpy(names[at], name, sizeof names[0] - 1);
        sums[at] = counts[at] = 0;
        used++;
    }
    sums[at] += value@TIMES@;
    counts[at]++;
}

int Book::groups() const { return used; }
int Book::records(int place) const { return counts[place]; }
@NAME@
@TOTAL@

@PUT@
}
"""
PUT = """void put_cell(const char *text)
{
    if (!std::strpbrk(text, ",\\"\\n")) {
        std::fputs(text, stdout);
        return;
    }
    std::putchar('"');
    for (; *text; text++) {
        if (*text == '"')
            std::putchar('"');
        std::putchar(*text);
    }
    std::putchar('"');
}
"""
READ = """#include "ledger.h"
#include "report.h"
#include <cstdio>
#include <cstdlib>
#include <cstring>

bool read_records(ledger::Book &book)
{
    char line[4096], *cells[64];
    int key = -1, value = -1;
    if (!std::fgets(line, sizeof line, stdin))
        return false;
    int count = ledger::split(line, cells, 64);
    for (int at = 0; at < count; at++) {
        if (std::strcmp(cells[at], "@KEY@") == 0)
            key = at;
        if (std::strcmp(cells[at], "@VALUE@") == 0)
            value = at;
    }
    if (key < 0 || value < 0)
        return false;
    while (std::fgets(line, sizeof line, stdin)) {
        count = ledger::split(line, cells, 64);
        if (count > key && count > value)
            book.add(cells[key], std::atol(cells[value]));
    }
    return true;
}
"""
PRINT = """#include "ledger.h"
#include "report.h"
#include <cstdio>

void print_report(const ledger::Book &book)
{
    std::puts("@KEY@,records,@VALUE@");
    for (int place = 0; place < book.groups(); place++) {
        ledger::put_cell(book.name(place));
        std::printf(",%d,%ld\\n", book.records(place), book.total(place));
    }
}
"""
MAIN = """#include "ledger.h"
#include "report.h"

int main()
{
    static ledger::Book book;
    if (!read_records(book))
        return 2;
    print_report(book);
    return 0;
}
"""
REPORT_H = """#ifndef REPORT_H
#define REPORT_H
namespace ledger {
class Book;
}
bool read_records(ledger::Book &book);
void print_report(const ledger::Book &book);
#endif
"""
MAKEFILE = """CXX = g++
CXXFLAGS = -std=c++17 -O1 -fPIC

report: build/main.o build/print.o build/read.o build/libledger.so
\t$(CXX) -o $@ build/main.o build/print.o build/read.o -Lbuild -lledger -Wl,-rpath,'$$ORIGIN/build'

build/libledger.so: lib/ledger.cc lib/ledger.h
\t@mkdir -p build
\t$(CXX) $(CXXFLAGS) -Ilib -shared -o $@ lib/ledger.cc

build/%.o: src/%.cc
\t@mkdir -p build
\t$(CXX) $(CXXFLAGS) -Isrc -Ilib -c -o $@ $<

clean:
\trm -rf build report

.PHONY: clean
"""
