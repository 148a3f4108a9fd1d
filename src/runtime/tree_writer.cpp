#include <runtime/files.hpp>
#include <runtime/files_beneath.hpp>
#include <runtime/tree_plan.hpp>
#include <runtime/tree_staging.hpp>
#include <runtime/tree_steps.hpp>

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <iterator>
#include <thread>
#include <utility>

namespace itsup::runtime {

using detail::Step;

namespace {

constexpr std::chrono::seconds lock_limit{30};
constexpr std::chrono::milliseconds lock_retry{10};

/// Whoever has it is the only writer; goes with the descriptor.
base::Result<FileDescriptor> lock(const detail::Root& root) {
    TRY(auto own, detail::open_beneath(root, "", O_DIRECTORY | O_RDONLY));
    const auto deadline = std::chrono::steady_clock::now() + lock_limit;
    while (::flock(own.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK) {
            return detail::cannot(errno, "locking the root");
        }
        if (std::chrono::steady_clock::now() > deadline) {
            return base::make_error(base::ErrorKind::conflict,
                                    "another itsup has been writing here for 30 s");
        }
        std::this_thread::sleep_for(lock_retry);
    }
    return own;
}

TreeChanges changes_of(const detail::TreePlan& plan) {
    TreeChanges out;
    for (const auto& file : plan.put) {
        out.written.push_back(file.path);
    }
    for (const auto* steps : {&plan.clear, &plan.remove}) {
        for (const auto& step : *steps) {
            out.removed.push_back(step.path);
        }
    }
    return out;
}

base::Result<std::vector<Step>> stage(detail::TreePlan plan, detail::Staging& staging) {
    auto steps = std::move(plan.clear);
    std::ranges::move(plan.make, std::back_inserter(steps));
    for (auto& file : plan.put) {
        TRY(auto temporary, staging.write(file.staged_in, file.path, *file.content));
        steps.push_back({.path = std::move(file.path), .temporary = std::move(temporary)});
    }
    std::ranges::move(plan.remove, std::back_inserter(steps));
    return steps;
}

base::Result<> carry_out(const detail::Root& root, const std::vector<Step>& steps,
                         detail::Staging& staging) {
    if (steps.size() > 1) {
        const FileContent journal{detail::to_journal(steps), 0600};
        TRY(const auto temporary, staging.write("", "itsup-transaction", journal));
        TRY_VOID(detail::commit_journal(root, temporary, staging));
    }
    auto done = detail::perform_all(root, steps, detail::Attempt::first);
    if (steps.size() == 1) {
        // One change is whole by itself.
        return done;
    }
    if (done.has_error()) {
        auto error = done.error();
        error.message += "; everything else is written, and the next write tries it again";
        return error;
    }
    return detail::remove_journal(root);
}

}  // namespace

base::Result<TreeChanges> Directory::write_tree(const FileTree& tree,
                                                const std::vector<std::string>& exact) const {
    const detail::Root root{fd_, links_};
    TRY(const auto locked, lock(root));
    TRY(auto earlier, detail::finish_journal(*this, root));
    TRY(auto plan, detail::plan_tree(*this, root, tree, exact));
    for (const auto& folder : plan.folders) {
        detail::sweep(*this, root, folder);
    }
    auto changes = changes_of(plan);
    changes.given_up = std::move(earlier.given_up);
    detail::Staging staging(root);
    TRY(const auto steps, stage(std::move(plan), staging));
    if (!steps.empty()) {
        TRY_VOID(carry_out(root, steps, staging));
    }
    return changes;
}

base::Result<Recovery> Directory::recover() const {
    const detail::Root root{fd_, links_};
    TRY(const auto locked, lock(root));
    return detail::finish_journal(*this, root);
}

}  // namespace itsup::runtime
