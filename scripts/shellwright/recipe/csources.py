"""The C sources of a generated project."""

from __future__ import annotations

#: Names of modules and programs that further modules must not take.
FIXED = ("csv", "groups", "main", "report", "rules", "sizes", "tally")

HEADERS = {
    "include/sizes.h": """#ifndef SIZES_H
#define SIZES_H
#define LINE_LENGTH 4096
#define MAX_CELLS 32
#define MAX_GROUPS 64
#define NAME_LENGTH 96
#endif
""",
    "include/rules.h": """#ifndef RULES_H
#define RULES_H
#define KEY_COLUMN "@KEY@"
#define VALUE_COLUMN "@VALUE@"
/* Records with a smaller value are left out. */
#define LEAST_VALUE 0
#endif
""",
    "include/csv.h": """#ifndef CSV_H
#define CSV_H
int csv_split(char *line, char **cells, int most);
#endif
""",
    "include/groups.h": """#ifndef GROUPS_H
#define GROUPS_H
#include "sizes.h"
struct group {
    char name[NAME_LENGTH];
    long sum;
    long records;
};
void group_add(const char *name, long value);
int group_list(struct group **list);
#endif
""",
    "include/report.h": """#ifndef REPORT_H
#define REPORT_H
#include "groups.h"
void report_print(const struct group *list, int count);
#endif
""",
}

SOURCES = {
    "src/csv.c": """#include "csv.h"

/* Splits a line in place; quotes around a cell are taken off, doubled ones inside halved. */
int csv_split(char *line, char **cells, int most)
{
    int count = 0;
    char *in = line;
    while (count < most) {
        char *out = in;
        int quoted = 0;
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
""",
    "src/groups.c": """#include "groups.h"
#include <stdlib.h>
#include <string.h>

static struct group groups[MAX_GROUPS];
static int used;

void group_add(const char *name, long value)
{
    int at = 0;
    while (at < used && strcmp(groups[at].name, name) != 0)
        at++;
    if (at == MAX_GROUPS)
        exit(3);
    if (at == used)
        strncpy(groups[used++].name, name, NAME_LENGTH - 1);
    groups[at].sum += value;
    groups[at].records++;
}

static int by_name(const void *left, const void *right)
{
    return strcmp(((const struct group *)left)->name, ((const struct group *)right)->name);
}

int group_list(struct group **list)
{
    qsort(groups, (size_t)used, sizeof groups[0], by_name);
    *list = groups;
    return used;
}
""",
    "src/report.c": """#include "report.h"
#include "rules.h"
#include <math.h>
#include <stdio.h>

void report_print(const struct group *list, int count)
{
    printf("%s,%s,mean_%s\\n", KEY_COLUMN, VALUE_COLUMN, VALUE_COLUMN);
    for (int at = 0; at < count; at++)
        printf("%s,%ld,%ld\\n", list[at].name, list[at].sum,
               lround((double)list[at].sum / (double)list[at].records));
}
""",
    "src/main.c": """#include "csv.h"
#include "report.h"
#include "rules.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(void)
{
    char line[LINE_LENGTH];
    char *cells[MAX_CELLS];
    int key = -1, value = -1;
    if (!fgets(line, sizeof line, stdin))
        return 1;
    int count = csv_split(line, cells, MAX_CELLS);
    for (int at = 0; at < count; at++) {
        if (strcmp(cells[at], KEY_COLUMN) == 0)
            key = at;
        if (strcmp(cells[at], VALUE_COLUMN) == 0)
            value = at;
    }
    if (key < 0 || value < 0)
        return 2;
    while (fgets(line, sizeof line, stdin)) {
        count = csv_split(line, cells, MAX_CELLS);
        if (count > key && count > value && atol(cells[value]) >= LEAST_VALUE)
            group_add(cells[key], atol(cells[value]));
    }
    struct group *list;
    count = group_list(&list);
    report_print(list, count);
    return 0;
}
""",
}

MODULE_HEADER = """#ifndef {name}_module_h
#define {name}_module_h
#include "{used}.h"
int {name}_code(void);
#endif
"""
MODULE_SOURCE = """#include "{name}.h"
#include "{needed}.h"

int {name}_code(void)
{{
    return {code};
}}
"""
