#include <artifacts/rules.hpp>

#include <fmt/format.h>

namespace itsup::artifacts {

std::string http_rule(const model::Ingress& row) {
    const auto hosts = row.hosts();
    std::string rule;
    for (const auto& host : hosts) {
        rule += fmt::format("{}Host(`{}`)", rule.empty() ? "" : " || ", host);
    }
    if (rule.empty() || !row.path_prefix || row.path_prefix->empty())
        return rule;
    if (hosts.size() > 1)
        rule = fmt::format("({})", rule);
    return fmt::format("{} && PathPrefix(`{}`)", rule, *row.path_prefix);
}

std::string tcp_rule(const model::Ingress& row) {
    const bool named = row.domain && !row.domain->empty();
    return fmt::format("HostSNI(`{}`)", named ? std::string_view(*row.domain) : "*");
}

bool ends_tls(const model::Ingress& row) {
    return !row.passthrough && ((row.domain && !row.domain->empty()) || row.tls);
}

std::vector<std::string> behind_redirect(std::vector<std::string> middlewares) {
    middlewares.insert(middlewares.begin(), "redirect@file");
    return middlewares;
}

}  // namespace itsup::artifacts
