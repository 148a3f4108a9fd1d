#pragma once

#include <artifacts/artifact_set.hpp>
#include <model/deployment.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace itsup::artifacts {

/// A unified diff with three lines of context, as `diff -u` and `patch` know it; empty for equal
/// texts. An absent side is said by /dev/null: pass `Side::absent` for it. Texts that differ in
/// more than a few thousand lines come out as one replacement.
enum class Side { present, absent };
std::string unified_diff(std::string_view old_text, std::string_view new_text,
                         std::string_view path, Side old_side = Side::present,
                         Side new_side = Side::present);

/// What writing `wanted` over `on_disk` would change, by path. The diffs may show secrets.
std::vector<model::FilePlan> diff_sets(const ArtifactSet& on_disk, const ArtifactSet& wanted);

}  // namespace itsup::artifacts
