#include <deploy/operation.hpp>
#include <deploy/providers.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace itsup::deploy {

namespace {

/// The other side of an egress edge: whose network it is.
std::string provider_of(const SharedNetwork& network) {
    const auto label = network.labels.find("com.docker.compose.project");
    return label == network.labels.end() ? std::string() : label->second;
}

}  // namespace

std::vector<std::string> missing_providers(const docker::EngineState& state,
                                           const DeployTarget& target) {
    std::set<std::string> missing;
    for (const auto& network : target.networks) {
        auto provider = provider_of(network);
        if (provider.empty() || provider == target.project.view()) {
            continue;
        }
        if (std::ranges::none_of(containers_now(state, provider), &model::Container::is_running)) {
            missing.insert(std::move(provider));
        }
    }
    std::vector<std::string> sentences;
    sentences.reserve(missing.size());
    for (const auto& provider : missing) {
        sentences.push_back(
            provider == "dns"
                ? std::string("the dns stack does not run, which containers ask for names")
                : fmt::format("nothing of {} runs, which {} has egress to: deploy it, too",
                              provider, target.project));
    }
    return sentences;
}

}  // namespace itsup::deploy
