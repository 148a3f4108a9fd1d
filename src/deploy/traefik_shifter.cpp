#include <deploy/open_connections.hpp>
#include <deploy/traefik_routes.hpp>
#include <deploy/traefik_shifter.hpp>
#include <net/http_client.hpp>
#include <runtime/files.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <utility>

namespace itsup::deploy {

using std::chrono::steady_clock;

namespace {

constexpr std::string_view file_prefix = "itsup-rollout-";
constexpr mode_t file_mode = 0644;

Addresses addresses_of(const std::vector<model::Container>& containers) {
    Addresses out;
    for (const auto& container : containers) {
        for (const auto& [network, address] : container.networks) {
            if (!address.empty()) {
                out.insert(address);
            }
        }
    }
    return out;
}

bool lists(const TraefikService& service, const model::Container& container) {
    return std::ranges::any_of(container.networks, [&service](const auto& network) {
        return service.addresses.contains(network.second);
    });
}

/// Every service that leads to an old container leads to every new one, too.
bool lists_all_new(const TraefikView& view, const std::set<std::string>& services,
                   const std::vector<model::Container>& containers) {
    return std::ranges::all_of(services, [&](const std::string& name) {
        const auto found = view.services.find(name);
        return found != view.services.end() &&
               std::ranges::all_of(containers, [&found](const model::Container& one) {
                   return lists(found->second, one);
               });
    });
}

bool lists_none_of(const TraefikView& view, const std::set<std::string>& services,
                   const Addresses& addresses) {
    return std::ranges::none_of(services, [&](const std::string& name) {
        const auto found = view.services.find(name);
        return found != view.services.end() &&
               std::ranges::any_of(addresses, [&found](const std::string& address) {
                   return found->second.addresses.contains(address);
               });
    });
}

using Condition = std::function<bool(const TraefikView&)>;

}  // namespace

struct TraefikShifter::Impl {
    Impl(TraefikSettings settings_, runtime::BlockingPool& pool_, base::Logger& log_)
        : settings(std::move(settings_)),
          pool(pool_),
          log(log_),
          client(net::Endpoint::tcp(settings.address, settings.port)) {}

    runtime::Task<std::string> get(std::string path);
    runtime::Task<TraefikView> view();
    /// Asks until the condition holds; `timed_out` after confirm_max. Traefik may be away for a
    /// part of it.
    runtime::Task<TraefikView> view_when(Condition condition);
    runtime::Task<> write(RolloutRoutes routes);
    runtime::Task<> remove(std::string name);
    runtime::Task<> put_in_force(RolloutRoutes routes);

    TraefikSettings settings;
    runtime::BlockingPool& pool;
    base::Logger& log;
    net::HttpClient client;
    /// By rollout name: what stands in the directory because of us.
    std::map<std::string, RolloutRoutes> active;
};

runtime::Task<std::string> TraefikShifter::Impl::get(std::string path) {
    net::ClientRequest request;
    request.target = std::move(path);
    if (!settings.token.empty()) {
        request.headers.add("X-Itsup-Token", settings.token.reveal());
    }
    net::ClientLimits limits;
    limits.connect_timeout = std::chrono::seconds{1};
    limits.timeout = std::chrono::seconds{5};
    CO_TRY(auto response, co_await client.request(std::move(request), limits));
    if (response.status != 200) {
        co_return base::make_error(base::ErrorKind::unavailable,
                                   fmt::format("Traefik's API answers {}", response.status));
    }
    co_return std::move(response.body);
}

runtime::Task<TraefikView> TraefikShifter::Impl::view() {
    // One page holds all: Traefik takes any size.
    CO_TRY(const auto routers, co_await get("/api/http/routers?per_page=100000"));
    CO_TRY(const auto services, co_await get("/api/http/services?per_page=100000"));
    CO_TRY(const auto entry_points, co_await get("/api/entrypoints?per_page=100000"));
    co_return parse_traefik(routers, services, entry_points);
}

runtime::Task<TraefikView> TraefikShifter::Impl::view_when(Condition condition) {
    const auto end = steady_clock::now() + settings.confirm_max;
    while (true) {
        auto seen = co_await view();
        if (seen.has_value() && condition(*seen)) {
            co_return seen;
        }
        if (steady_clock::now() >= end) {
            co_return base::make_error(base::ErrorKind::timed_out,
                                       fmt::format("Traefik did not follow within {} s",
                                                   settings.confirm_max.count() / 1000));
        }
        CO_TRY_VOID(co_await runtime::sleep_for(settings.ask_every));
    }
}

runtime::Task<> TraefikShifter::Impl::write(RolloutRoutes routes) {
    const auto path = fmt::format("{}.yml", routes.name);
    auto work = [folder = settings.dynamic_directory, path,
                 text = std::move(routes.text)]() -> base::Result<> {
        TRY(const auto directory, runtime::Directory::open(folder));
        const runtime::FileTree tree{{path, {text, file_mode}}};
        TRY(const auto changes, directory.write_tree(tree, {}));
        static_cast<void>(changes);
        return {};
    };
    co_return co_await pool.run(std::move(work));
}

runtime::Task<> TraefikShifter::Impl::remove(std::string name) {
    auto work = [folder = settings.dynamic_directory,
                 path = fmt::format("{}.yml", name)]() -> base::Result<> {
        TRY(const auto directory, runtime::Directory::open(folder));
        return directory.remove_file(path);
    };
    co_return co_await pool.run(std::move(work));
}

runtime::Task<> TraefikShifter::Impl::put_in_force(RolloutRoutes routes) {
    CO_TRY_VOID(co_await write(routes));
    active.insert_or_assign(routes.name, routes);
    Condition in_force = [&routes](const TraefikView& view) { return is_in_force(view, routes); };
    CO_TRY(const auto seen, co_await view_when(std::move(in_force)));
    static_cast<void>(seen);
    co_return base::Result<>{};
}

TraefikShifter::TraefikShifter(runtime::Executor, TraefikSettings settings,
                               runtime::BlockingPool& pool, base::Logger& log)
    : impl_(std::make_unique<Impl>(std::move(settings), pool, log)) {}

TraefikShifter::~TraefikShifter() = default;

runtime::Task<Routing> TraefikShifter::shift_to(TrafficShift shift, StepScope& step) {
    const auto name = rollout_name(shift.project, shift.service);
    auto view = co_await impl_->view();
    if (view.has_error()) {
        if (view.error().kind == base::ErrorKind::cancelled) {
            co_return view.error();
        }
        step.line(fmt::format("routing is left alone: {}", view.error().message));
        co_return Routing::not_routed;
    }
    const auto old_addresses = addresses_of(shift.old_containers);
    // Without old ones the routing is held where it is.
    const auto services = services_at(
        *view, old_addresses.empty() ? addresses_of(shift.new_containers) : old_addresses);
    if (services.empty()) {
        step.line("routing is left alone: Traefik sends nothing to this service");
        co_return Routing::not_routed;
    }
    if (!old_addresses.empty()) {
        Condition all_new = [&](const TraefikView& seen) {
            return lists_all_new(seen, services, shift.new_containers);
        };
        view = co_await impl_->view_when(std::move(all_new));
        if (view.has_error()) {
            co_return base::Error(view.error()).with_context("Traefik does not see the new ones");
        }
    }
    CO_TRY(auto routes, make_rollout(*view, name, services, old_addresses));
    if (!routes) {
        step.line("routing is left alone: no router leads to this service");
        co_return Routing::not_routed;
    }
    step.line(fmt::format("writing {}.yml: {} routers", name, routes->routers.size()));
    CO_TRY_VOID(co_await impl_->put_in_force(std::move(*routes)));
    step.line("Traefik uses it");
    co_return Routing::shifted;
}

runtime::Task<> TraefikShifter::drain(TrafficShift shift, StepScope& step) {
    const auto addresses = addresses_of(shift.old_containers);
    const auto start = steady_clock::now();
    const auto end = start + impl_->settings.drain;
    // Traefik answers on this machine's loopback, so its connections are in our tables.
    const bool can_count = impl_->settings.address.starts_with("127.");
    std::size_t open = 0;
    while (steady_clock::now() < end) {
        if (can_count) {
            auto count = [addresses] { return count_open_connections(addresses); };
            CO_TRY(open, co_await impl_->pool.run(std::move(count)));
            if (open == 0) {
                break;
            }
        }
        CO_TRY_VOID(co_await runtime::sleep_for(impl_->settings.ask_every));
    }
    const auto took = std::chrono::duration<double>(steady_clock::now() - start).count();
    step.line(fmt::format("drained for {:.1f} s, {} connections are open", took, open));
    co_return base::Result<>{};
}

runtime::Task<> TraefikShifter::release(TrafficShift shift, StepScope& step) {
    const auto name = rollout_name(shift.project, shift.service);
    const auto found = impl_->active.find(name);
    if (found == impl_->active.end()) {
        co_return base::Result<>{};
    }
    const auto replaced = found->second.replaced;
    const auto gone = addresses_of(shift.old_containers);
    Condition without_old = [&](const TraefikView& seen) {
        return lists_none_of(seen, replaced, gone);
    };
    const auto followed = co_await impl_->view_when(std::move(without_old));
    if (followed.has_error()) {
        step.line(fmt::format("{}: it may still know the old ones", followed.error().message));
    }
    CO_TRY_VOID(co_await impl_->remove(name));
    impl_->active.erase(name);
    Condition nothing_left = [&name](const TraefikView& seen) { return is_gone(seen, name); };
    const auto confirmed = co_await impl_->view_when(std::move(nothing_left));
    step.line(confirmed.has_error()
                  ? fmt::format("removed {}.yml; {}", name, confirmed.error().message)
                  : fmt::format("removed {}.yml, Traefik is rid of it", name));
    co_return base::Result<>{};
}

runtime::Task<> TraefikShifter::clean_up() {
    auto work = [folder = impl_->settings.dynamic_directory]() -> base::Result<std::size_t> {
        const auto directory = runtime::Directory::open(folder);
        if (directory.has_error()) {
            return directory.error().kind == base::ErrorKind::not_found
                       ? base::Result<std::size_t>(0U)
                       : directory.error();
        }
        TRY(const auto entries, directory->list(""));
        std::size_t removed = 0;
        for (const auto& entry : entries) {
            if (entry.kind == runtime::EntryKind::file && entry.name.starts_with(file_prefix)) {
                TRY_VOID(directory->remove_file(entry.name));
                ++removed;
            }
        }
        return removed;
    };
    CO_TRY(const auto removed, co_await impl_->pool.run(std::move(work)));
    if (removed > 0) {
        impl_->log.warning("removed rollout routers that a dead daemon left behind",
                           {{"files", std::to_string(removed)}});
    }
    co_return base::Result<>{};
}

runtime::Task<Routing> NoTraffic::shift_to(TrafficShift, StepScope& step) {
    step.line("routing is left alone: there is no proxy");
    co_return Routing::not_routed;
}
runtime::Task<> NoTraffic::drain(TrafficShift, StepScope&) {
    co_return base::Result<>{};
}
runtime::Task<> NoTraffic::release(TrafficShift, StepScope&) {
    co_return base::Result<>{};
}
runtime::Task<> NoTraffic::clean_up() {
    co_return base::Result<>{};
}

}  // namespace itsup::deploy
