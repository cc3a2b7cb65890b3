/*
 * The table of what each program may do is what docs/DESIGN.md shows; and what this kernel can refuse.
 *
 * confine --kernel: print "landlock" and "seccomp", as far as this kernel has them.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "confine.h"
#include "tap.h"

static int print_kernel(void)
{
    if (syscall(SYS_landlock_create_ruleset, NULL, (size_t)0, 1U) > 0)
        puts("landlock");
    if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0)
        puts("seccomp");
    return 0;
}

static char *read_design(const char *path)
{
    FILE *f = fopen(path, "r");
    char *text = calloc(1, 1 << 20);

    if (f == NULL || text == NULL || fread(text, 1, (1 << 20) - 1, f) == 0) {
        perror(path);
        exit(1);
    }
    fclose(f);
    return text;
}

int main(int argc, char **argv)
{
    struct buf table;
    char *design;

    if (argc > 1 && strcmp(argv[1], "--kernel") == 0)
        return print_kernel();
    buf_init(&table, 1 << 16);
    confine_print(&table);
    if (argc > 1 && strcmp(argv[1], "--table") == 0)
        return fputs(buf_cstr(&table), stdout) < 0;
    design = read_design("docs/DESIGN.md");
    tap_ok(strstr(design, buf_cstr(&table)) != NULL, "docs/DESIGN.md has the table as it is (print it with --table)");
    for (size_t i = 0; i < confine_rows; i++)
        tap_ok(confine_table[i].confined || (confine_table[i].keeps == 0 && confine_table[i].reads == NULL),
            "a program that is not confined keeps nothing in particular");
    free(design);
    buf_release(&table);
    return tap_done();
}
