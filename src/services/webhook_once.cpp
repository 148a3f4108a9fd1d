#include <services/webhook_once.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace itsup::services {

namespace {

/// In the order of the enumerators.
constexpr std::array<std::string_view, 5> result_names{"pong", "ignored", "duplicate", "reconcile",
                                                       "deployment"};

WebhookOutcome duplicate_of(std::string location) {
    return {WebhookResult::duplicate, "this delivery was taken already", std::move(location)};
}

}  // namespace

std::string_view to_string(WebhookResult result) {
    return result_names.at(static_cast<std::size_t>(result));
}

class WebhookOnce::UnderWay {
  public:
    UnderWay(WebhookOnce& once, const std::vector<std::string>& keys) : once_(once), keys_(keys) {
        once_.under_way_.insert(keys_.begin(), keys_.end());
    }
    ~UnderWay() {
        for (const auto& key : keys_) {
            once_.under_way_.erase(key);
        }
    }
    UnderWay(const UnderWay&) = delete;
    UnderWay& operator=(const UnderWay&) = delete;

  private:
    WebhookOnce& once_;
    const std::vector<std::string>& keys_;
};

runtime::Task<WebhookOutcome> WebhookOnce::run(std::vector<std::string> keys,
                                               runtime::Task<WebhookOutcome> acting) {
    const auto is_under_way = [this](const auto& key) { return under_way_.contains(key); };
    if (std::ranges::any_of(keys, is_under_way)) {
        co_return duplicate_of("");
    }
    const UnderWay mark(*this, keys);
    CO_TRY(auto known, co_await store_.take(keys, clock_.now()));
    if (known && !known->empty()) {
        co_return duplicate_of(*std::move(known));
    }
    auto done = co_await runtime::catching(std::move(acting));
    if (done.has_error()) {
        // Nothing came of it: the sender may try the same again.
        tell("forgotten", co_await store_.forget(keys));
        co_return done.error();
    }
    tell("noted", co_await store_.note(keys, done->location));
    co_return *std::move(done);
}

/// What was done counts, not whether it could be written down: then it may be done twice.
void WebhookOnce::tell(std::string_view what, const base::Result<>& done) const {
    if (done.has_error()) {
        log_.error("a webhook could not be " + std::string(what),
                   {{"error", done.error().message}, {"detail", done.error().detail}});
    }
}

}  // namespace itsup::services
