#include <api/stream_slots.hpp>

#include <fmt/format.h>

#include <utility>

namespace itsup::api {

StreamSlots::Slot::Slot(StreamSlots& owner, std::string principal)
    : owner_(&owner), principal_(std::move(principal)) {
    ++owner_->counts_[principal_];
    ++owner_->total_;
}

StreamSlots::Slot::Slot(Slot&& other) noexcept
    : owner_(std::exchange(other.owner_, nullptr)), principal_(std::move(other.principal_)) {}

StreamSlots::Slot::~Slot() {
    if (owner_ == nullptr) {
        return;
    }
    --owner_->total_;
    const auto found = owner_->counts_.find(principal_);
    if (--found->second == 0) {
        owner_->counts_.erase(found);
    }
}

base::Result<StreamSlots::Slot> StreamSlots::take(const access::Caller& caller) {
    // A person's tabs share one session; two sessions are two principals.
    std::string principal = caller.name + "\n" + caller.session_id;
    const auto found = counts_.find(principal);
    if (max_ > 0 && found != counts_.end() && found->second >= max_) {
        return base::make_error(
            base::ErrorKind::rate_limited,
            fmt::format("you hold {} streams, which is the limit: close one", max_));
    }
    return Slot(*this, std::move(principal));
}

}  // namespace itsup::api
