#include <live/log_history.hpp>

#include <utility>

namespace itsup::live {

using runtime::Task;

LogHistory::LogHistory(std::vector<std::unique_ptr<ContainerHistory>> parts, Options options)
    : parts_(std::move(parts)),
      options_(std::move(options)),
      needs_levels_(shows_level(options_.shape) || options_.filter->looks_at_levels()) {}

Task<> LogHistory::open(docker::Engine& engine) {
    for (const auto& part : parts_) {
        CO_TRY_VOID(co_await part->open(engine));
    }
    co_return base::Result<>{};
}

Task<bool> LogHistory::render(std::string& out, std::size_t bytes) {
    // The engine cuts one container's log itself.
    if (options_.tail && parts_.size() > 1 && !std::exchange(collected_, true)) {
        CO_TRY_VOID(co_await collect_tail());
    }
    while (out.size() < bytes) {
        if (!kept_.empty()) {
            kept_.front().line.text = kept_.front().text;
            render_one(out, kept_.front().line);
            kept_.pop_front();
            continue;
        }
        CO_TRY(auto* part, co_await earliest());
        if (part == nullptr) {
            co_return false;
        }
        render_one(out, part->head());
        part->pop();
        // As long as one container is alone there is nothing to compare and nothing to wait for.
        while (parts_.size() == 1 && part->has_head() && out.size() < bytes) {
            render_one(out, part->head());
            part->pop();
        }
    }
    co_return true;
}

/// The part whose next line is the oldest; nullptr at the end of all.
Task<ContainerHistory*> LogHistory::earliest() {
    ContainerHistory* found = nullptr;
    base::Timestamp time;
    for (const auto& part : parts_) {
        if (!part->has_head()) {
            CO_TRY(const bool any, co_await part->fill());
            if (!any) {
                continue;
            }
        }
        const auto head_time = part->head().time;
        if (found == nullptr || head_time < time) {
            found = part.get();
            time = head_time;
        }
    }
    co_return found;
}

Task<> LogHistory::collect_tail() {
    const auto wanted = static_cast<std::size_t>(*options_.tail);
    while (true) {
        CO_TRY(auto* part, co_await earliest());
        if (part == nullptr) {
            co_return base::Result<>{};
        }
        const auto line = part->head();
        kept_.push_back({line, std::string(line.text), part->shared_origin()});
        kept_bytes_ += line.text.size();
        part->pop();
        while (kept_.size() > wanted || kept_bytes_ > tail_bytes_max) {
            kept_bytes_ -= kept_.front().text.size();
            kept_.pop_front();
        }
    }
}

void LogHistory::render_one(std::string& out, HubLine line) {
    line.seq = options_.first_seq++;
    if (needs_levels_) {
        line.level = detect_level(line.text);
    }
    // Merged by time: of every container that is not named yet all older lines were given.
    cursor_.set_base(line.time - std::chrono::nanoseconds(1));
    cursor_.advance(line.origin->id(), line.stream, {line.time, line.ordinal});
    if (options_.filter->takes(line)) {
        render_line(out, options_.shape, line, sse_id_of(options_.shape, cursor_));
    }
}

std::vector<LogHistory::Seen> LogHistory::seen() const {
    std::vector<Seen> out;
    out.reserve(parts_.size());
    for (const auto& part : parts_) {
        out.push_back({part->origin().id(), part->newest()});
    }
    return out;
}

}  // namespace itsup::live
