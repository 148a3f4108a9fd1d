#pragma once

#include <sys/types.h>

#include <mutex>
#include <string>
#include <string_view>

namespace itsup::runtime {

/// A variable that every descendant of a run_process() inherits.
inline constexpr std::string_view orphan_mark_name = "ITSUP_PROCESS";

/// The children that a run_process() owns now: these are never touched when orphans are looked
/// for. One per operating-system process, because the list of children is.
class LiveChildren {
  public:
    /// Held while one adds, removes or looks.
    static LiveChildren lock();

    void add(pid_t pid, std::string mark);
    void remove(pid_t pid, const std::string& mark);
    [[nodiscard]] bool has(pid_t pid) const;
    [[nodiscard]] bool has_mark(const std::string& mark) const;

  private:
    explicit LiveChildren(std::unique_lock<std::mutex> guard) : guard_(std::move(guard)) {}
    std::unique_lock<std::mutex> guard_;
};

}  // namespace itsup::runtime
