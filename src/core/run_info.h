// RunInfo and RunEnd (kith/run_info.h) as JSON.
#pragma once

#include <kith/run_info.h>

#include <nlohmann/json_fwd.hpp>

namespace kith {

/// {"kith": {"version","verb","time","models":[{"role","name","identity"}],"people","far","threshold","options"}}: the
/// first line of an output, by which a former output is known. null where a key does not apply.
nlohmann::ordered_json to_json(const RunInfo& info);

/// Puts "interrupted", "failed" (how many), "failures" (which sources) and "dropped" into a
/// summary.
void add_end(nlohmann::ordered_json& summary, const RunEnd& end);

}  // namespace kith
