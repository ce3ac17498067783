// Made by packaging/web-page: the files of Sources/ui.
#include "CWebPage.h"

#include <stddef.h>

// The standard has it since C23, the compiler for every C.
#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char file0[] = {
#embed "../../ui/app.js" suffix(, )
    0};
static const unsigned char file1[] = {
#embed "../../ui/core/api.js" suffix(, )
    0};
static const unsigned char file2[] = {
#embed "../../ui/core/clock.js" suffix(, )
    0};
static const unsigned char file3[] = {
#embed "../../ui/core/drawing.js" suffix(, )
    0};
static const unsigned char file4[] = {
#embed "../../ui/core/events.js" suffix(, )
    0};
static const unsigned char file5[] = {
#embed "../../ui/core/ranges.js" suffix(, )
    0};
static const unsigned char file6[] = {
#embed "../../ui/core/resource.js" suffix(, )
    0};
static const unsigned char file7[] = {
#embed "../../ui/core/router.js" suffix(, )
    0};
static const unsigned char file8[] = {
#embed "../../ui/core/session.js" suffix(, )
    0};
static const unsigned char file9[] = {
#embed "../../ui/core/shared.js" suffix(, )
    0};
static const unsigned char file10[] = {
#embed "../../ui/core/stream.js" suffix(, )
    0};
static const unsigned char file11[] = {
#embed "../../ui/core/text.js" suffix(, )
    0};
static const unsigned char file12[] = {
#embed "../../ui/core/tree.js" suffix(, )
    0};
static const unsigned char file13[] = {
#embed "../../ui/icon.svg" suffix(, )
    0};
static const unsigned char file14[] = {
#embed "../../ui/index.html" suffix(, )
    0};
static const unsigned char file15[] = {
#embed "../../ui/model/action-controls.js" suffix(, )
    0};
static const unsigned char file16[] = {
#embed "../../ui/model/addresses.js" suffix(, )
    0};
static const unsigned char file17[] = {
#embed "../../ui/model/deployment.js" suffix(, )
    0};
static const unsigned char file18[] = {
#embed "../../ui/model/difference.js" suffix(, )
    0};
static const unsigned char file19[] = {
#embed "../../ui/model/groups.js" suffix(, )
    0};
static const unsigned char file20[] = {
#embed "../../ui/model/machine-state.js" suffix(, )
    0};
static const unsigned char file21[] = {
#embed "../../ui/model/revisions.js" suffix(, )
    0};
static const unsigned char file22[] = {
#embed "../../ui/model/site.js" suffix(, )
    0};
static const unsigned char file23[] = {
#embed "../../ui/parts/announce.js" suffix(, )
    0};
static const unsigned char file24[] = {
#embed "../../ui/parts/ask.js" suffix(, )
    0};
static const unsigned char file25[] = {
#embed "../../ui/parts/change.js" suffix(, )
    0};
static const unsigned char file26[] = {
#embed "../../ui/parts/design.js" suffix(, )
    0};
static const unsigned char file27[] = {
#embed "../../ui/parts/disks.js" suffix(, )
    0};
static const unsigned char file28[] = {
#embed "../../ui/parts/explain.js" suffix(, )
    0};
static const unsigned char file29[] = {
#embed "../../ui/parts/findings.js" suffix(, )
    0};
static const unsigned char file30[] = {
#embed "../../ui/parts/gantt.js" suffix(, )
    0};
static const unsigned char file31[] = {
#embed "../../ui/parts/grid-keys.js" suffix(, )
    0};
static const unsigned char file32[] = {
#embed "../../ui/parts/groups.js" suffix(, )
    0};
static const unsigned char file33[] = {
#embed "../../ui/parts/icons.js" suffix(, )
    0};
static const unsigned char file34[] = {
#embed "../../ui/parts/log.js" suffix(, )
    0};
static const unsigned char file35[] = {
#embed "../../ui/parts/panel.js" suffix(, )
    0};
static const unsigned char file36[] = {
#embed "../../ui/parts/plan.js" suffix(, )
    0};
static const unsigned char file37[] = {
#embed "../../ui/parts/source.js" suffix(, )
    0};
static const unsigned char file38[] = {
#embed "../../ui/parts/state.js" suffix(, )
    0};
static const unsigned char file39[] = {
#embed "../../ui/parts/tabs.js" suffix(, )
    0};
static const unsigned char file40[] = {
#embed "../../ui/parts/tail.js" suffix(, )
    0};
static const unsigned char file41[] = {
#embed "../../ui/parts/tile.js" suffix(, )
    0};
static const unsigned char file42[] = {
#embed "../../ui/parts/timeline.js" suffix(, )
    0};
static const unsigned char file43[] = {
#embed "../../ui/parts/value-tree.js" suffix(, )
    0};
static const unsigned char file44[] = {
#embed "../../ui/parts/wait.js" suffix(, )
    0};
static const unsigned char file45[] = {
#embed "../../ui/report.js" suffix(, )
    0};
static const unsigned char file46[] = {
#embed "../../ui/shell.js" suffix(, )
    0};
static const unsigned char file47[] = {
#embed "../../ui/style/base.css" suffix(, )
    0};
static const unsigned char file48[] = {
#embed "../../ui/style/parts.css" suffix(, )
    0};
static const unsigned char file49[] = {
#embed "../../ui/style/shell.css" suffix(, )
    0};
static const unsigned char file50[] = {
#embed "../../ui/style/views.css" suffix(, )
    0};
static const unsigned char file51[] = {
#embed "../../ui/views.js" suffix(, )
    0};
static const unsigned char file52[] = {
#embed "../../ui/views/action.js" suffix(, )
    0};
static const unsigned char file53[] = {
#embed "../../ui/views/actions.js" suffix(, )
    0};
static const unsigned char file54[] = {
#embed "../../ui/views/documents.js" suffix(, )
    0};
static const unsigned char file55[] = {
#embed "../../ui/views/documents/buffer.js" suffix(, )
    0};
static const unsigned char file56[] = {
#embed "../../ui/views/documents/diff.js" suffix(, )
    0};
static const unsigned char file57[] = {
#embed "../../ui/views/documents/overview.js" suffix(, )
    0};
static const unsigned char file58[] = {
#embed "../../ui/views/documents/rendered.js" suffix(, )
    0};
static const unsigned char file59[] = {
#embed "../../ui/views/login.js" suffix(, )
    0};
static const unsigned char file60[] = {
#embed "../../ui/views/machine.js" suffix(, )
    0};
static const unsigned char file61[] = {
#embed "../../ui/views/machine/bmc.js" suffix(, )
    0};
static const unsigned char file62[] = {
#embed "../../ui/views/machine/builddata.js" suffix(, )
    0};
static const unsigned char file63[] = {
#embed "../../ui/views/machine/console.js" suffix(, )
    0};
static const unsigned char file64[] = {
#embed "../../ui/views/machine/design.js" suffix(, )
    0};
static const unsigned char file65[] = {
#embed "../../ui/views/machine/hardware.js" suffix(, )
    0};
static const unsigned char file66[] = {
#embed "../../ui/views/machine/overview.js" suffix(, )
    0};
static const unsigned char file67[] = {
#embed "../../ui/views/missing.js" suffix(, )
    0};
static const unsigned char file68[] = {
#embed "../../ui/views/networks.js" suffix(, )
    0};
static const unsigned char file69[] = {
#embed "../../ui/views/site.js" suffix(, )
    0};

static const struct web_page_file files[] = {
    {"app.js", file0, sizeof file0 - 1},
    {"core/api.js", file1, sizeof file1 - 1},
    {"core/clock.js", file2, sizeof file2 - 1},
    {"core/drawing.js", file3, sizeof file3 - 1},
    {"core/events.js", file4, sizeof file4 - 1},
    {"core/ranges.js", file5, sizeof file5 - 1},
    {"core/resource.js", file6, sizeof file6 - 1},
    {"core/router.js", file7, sizeof file7 - 1},
    {"core/session.js", file8, sizeof file8 - 1},
    {"core/shared.js", file9, sizeof file9 - 1},
    {"core/stream.js", file10, sizeof file10 - 1},
    {"core/text.js", file11, sizeof file11 - 1},
    {"core/tree.js", file12, sizeof file12 - 1},
    {"icon.svg", file13, sizeof file13 - 1},
    {"index.html", file14, sizeof file14 - 1},
    {"model/action-controls.js", file15, sizeof file15 - 1},
    {"model/addresses.js", file16, sizeof file16 - 1},
    {"model/deployment.js", file17, sizeof file17 - 1},
    {"model/difference.js", file18, sizeof file18 - 1},
    {"model/groups.js", file19, sizeof file19 - 1},
    {"model/machine-state.js", file20, sizeof file20 - 1},
    {"model/revisions.js", file21, sizeof file21 - 1},
    {"model/site.js", file22, sizeof file22 - 1},
    {"parts/announce.js", file23, sizeof file23 - 1},
    {"parts/ask.js", file24, sizeof file24 - 1},
    {"parts/change.js", file25, sizeof file25 - 1},
    {"parts/design.js", file26, sizeof file26 - 1},
    {"parts/disks.js", file27, sizeof file27 - 1},
    {"parts/explain.js", file28, sizeof file28 - 1},
    {"parts/findings.js", file29, sizeof file29 - 1},
    {"parts/gantt.js", file30, sizeof file30 - 1},
    {"parts/grid-keys.js", file31, sizeof file31 - 1},
    {"parts/groups.js", file32, sizeof file32 - 1},
    {"parts/icons.js", file33, sizeof file33 - 1},
    {"parts/log.js", file34, sizeof file34 - 1},
    {"parts/panel.js", file35, sizeof file35 - 1},
    {"parts/plan.js", file36, sizeof file36 - 1},
    {"parts/source.js", file37, sizeof file37 - 1},
    {"parts/state.js", file38, sizeof file38 - 1},
    {"parts/tabs.js", file39, sizeof file39 - 1},
    {"parts/tail.js", file40, sizeof file40 - 1},
    {"parts/tile.js", file41, sizeof file41 - 1},
    {"parts/timeline.js", file42, sizeof file42 - 1},
    {"parts/value-tree.js", file43, sizeof file43 - 1},
    {"parts/wait.js", file44, sizeof file44 - 1},
    {"report.js", file45, sizeof file45 - 1},
    {"shell.js", file46, sizeof file46 - 1},
    {"style/base.css", file47, sizeof file47 - 1},
    {"style/parts.css", file48, sizeof file48 - 1},
    {"style/shell.css", file49, sizeof file49 - 1},
    {"style/views.css", file50, sizeof file50 - 1},
    {"views.js", file51, sizeof file51 - 1},
    {"views/action.js", file52, sizeof file52 - 1},
    {"views/actions.js", file53, sizeof file53 - 1},
    {"views/documents.js", file54, sizeof file54 - 1},
    {"views/documents/buffer.js", file55, sizeof file55 - 1},
    {"views/documents/diff.js", file56, sizeof file56 - 1},
    {"views/documents/overview.js", file57, sizeof file57 - 1},
    {"views/documents/rendered.js", file58, sizeof file58 - 1},
    {"views/login.js", file59, sizeof file59 - 1},
    {"views/machine.js", file60, sizeof file60 - 1},
    {"views/machine/bmc.js", file61, sizeof file61 - 1},
    {"views/machine/builddata.js", file62, sizeof file62 - 1},
    {"views/machine/console.js", file63, sizeof file63 - 1},
    {"views/machine/design.js", file64, sizeof file64 - 1},
    {"views/machine/hardware.js", file65, sizeof file65 - 1},
    {"views/machine/overview.js", file66, sizeof file66 - 1},
    {"views/missing.js", file67, sizeof file67 - 1},
    {"views/networks.js", file68, sizeof file68 - 1},
    {"views/site.js", file69, sizeof file69 - 1},
};

const struct web_page_file *web_page_file(unsigned long number) {
    return number < sizeof files / sizeof *files ? &files[number] : NULL;
}
