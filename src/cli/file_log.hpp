#pragma once

#include <cli/logs.hpp>

#include <string>

namespace itsup::cli {

/// `itsup logs api` and `itsup logs access`: the newest lines of a log file of JSON records, as
/// they stand in it; followed over rotation. `since` counts a record's `time`, else its `StartUTC`,
/// and drops lines without one; `grep` looks at the whole line. Blocking.
int run_file_log(const Installation& installation, const std::string& file,
                 const LogsOptions& options);

}  // namespace itsup::cli
