// Made by packaging/web-page: the files of Sources/ui.
#include "CWebPage.h"

#include <stddef.h>

// The standard has it since C23, the compiler for every C.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file0[] = {
#embed "../../ui/index.html" suffix(, )
    0};

static const struct web_page_file files[] = {
    {"index.html", file0, sizeof file0 - 1},
};

const struct web_page_file *web_page_file(unsigned long number) {
    return number < sizeof files / sizeof *files ? &files[number] : NULL;
}
