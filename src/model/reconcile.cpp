#include <model/reconcile.hpp>

#include <array>
#include <cstddef>

namespace itsup::model {

namespace {

/// In the order of the enumerators.
constexpr std::array<std::string_view, 5> state_names{"queued", "running", "succeeded", "failed",
                                                      "interrupted"};

}  // namespace

std::string_view to_string(ReconcileState state) {
    return state_names.at(static_cast<std::size_t>(state));
}

std::optional<ReconcileState> parse_reconcile_state(std::string_view text) {
    for (std::size_t i = 0; i < state_names.size(); ++i) {
        if (state_names.at(i) == text) {
            return static_cast<ReconcileState>(i);
        }
    }
    return std::nullopt;
}

}  // namespace itsup::model
