#include <api/health_page.hpp>
#include <schema/write.hpp>

namespace itsup::api {

namespace {

contract::CheckView to_view(const services::Check& check) {
    return {check.status == services::CheckStatus::ok ? "ok" : "degraded", check.detail};
}

}  // namespace

std::chrono::seconds HealthPage::uptime() const {
    return std::chrono::duration_cast<std::chrono::seconds>(clock_.monotonic() - started_);
}

contract::HealthView HealthPage::view() const {
    const auto& report = health_.report();
    return {.status = report.all_ok() ? "ok" : "degraded",
            .version = version_,
            .uptime_s = uptime().count(),
            .checks = {.docker = to_view(report.docker),
                       .compose = to_view(report.compose),
                       .store = to_view(report.store),
                       .network = to_view(report.network),
                       .secrets = to_view(report.secrets),
                       .configuration = to_view(report.configuration),
                       .disk = to_view(report.disk)}};
}

const Rendered& HealthPage::get() {
    const auto now = uptime();
    if (now != rendered_at_ || revision_ != health_.revision()) {
        rendered_ = render_shared(schema::to_json(view()));
        rendered_at_ = now;
        revision_ = health_.revision();
    }
    return rendered_;
}

}  // namespace itsup::api
