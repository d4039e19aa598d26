// audit: what became of every input of `kith align`, as audit.json and as a page that opens without a
// network.
#pragma once

#include <string>

#include "align/align_job.h"

namespace kith {

/// {"summary":{...},"geometry":"...","inputs":[...]}
std::string audit_json(const AlignReport& report, const AlignOptions& options);
/// One file: styles and pictures are inside. Names in any script; bytes that are not UTF-8 are shown as
/// U+FFFD.
std::string audit_html(const AlignReport& report, const AlignOptions& options);
/// Both into the output folder. @throws Error kIo.
void write_audit(const AlignReport& report, const AlignOptions& options);

}  // namespace kith
