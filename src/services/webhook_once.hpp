#pragma once

#include <base/clock.hpp>
#include <base/log.hpp>
#include <runtime/task.hpp>
#include <store/webhook_deliveries.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace itsup::services {

enum class WebhookResult { pong, ignored, duplicate, reconcile, deployment };
std::string_view to_string(WebhookResult result);

struct WebhookOutcome {
    WebhookResult result = WebhookResult::ignored;
    std::string message;
    /// Where to look; empty when nothing was started.
    std::string location;
};

/// Does what a delivery asks for once, however often it comes: what came to nothing, or was cut
/// off before anything was known to come of it (by an end of the daemon, say), may come again.
/// Lives on the loop.
class WebhookOnce {
  public:
    WebhookOnce(store::WebhookDeliveries& store, const base::Clock& clock, base::Logger& log)
        : store_(store), clock_(clock), log_(log) {}

    /// `keys` name the delivery; what shares one of them is the same.
    runtime::Task<WebhookOutcome> run(std::vector<std::string> keys,
                                      runtime::Task<WebhookOutcome> acting);

  private:
    class UnderWay;
    void tell(std::string_view what, const base::Result<>& done) const;

    store::WebhookDeliveries& store_;
    const base::Clock& clock_;
    base::Logger& log_;
    /// Keys of what is under way: those are not cut off.
    std::set<std::string> under_way_;
};

}  // namespace itsup::services
