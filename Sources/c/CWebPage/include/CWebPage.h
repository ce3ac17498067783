#pragma once

/// A file of the page, as it is in Sources/ui.
struct web_page_file {
    /// Below Sources/ui: `views/site.js`.
    const char *path;
    const unsigned char *bytes;
    unsigned long length;
};

/// The file of this number, from 0; null where there are no more. What it points to is never freed.
const struct web_page_file *web_page_file(unsigned long number);
