/// Every operation of the contract, by service and name.
pub static OPERATIONS: &[&Operation] = &[
    &appeals::EXPORT_APPEAL,
    &appeals::IMPORT_ANSWER,
    &appeals::GET_STATE,
    &bills::IMPORT_PAYMENT_DOCUMENT_DATA,
    &bills::EXPORT_PAYMENT_DOCUMENT_DATA,
    &bills::EXPORT_NOTIFICATIONS_OF_ORDER_EXECUTION,
    &bills::EXPORT_NOTIFICATIONS_OF_ORDER_EXECUTION_PAGINAL,
    &bills::IMPORT_ACKNOWLEDGMENT,
    &bills::IMPORT_INSURANCE_PRODUCT,
    &bills::EXPORT_INSURANCE_PRODUCT,
    &bills::IMPORT_RSO_SETTLEMENTS,
    &bills::IMPORT_IKU_SETTLEMENTS,
    &bills::EXPORT_SETTLEMENTS,
    &bills::GET_STATE,
    &bills::GET_REQUESTS_STATE,
    &debt_requests::IMPORT_DEBT_REQUESTS,
    &debt_requests::EXPORT_DEBT_REQUESTS,
    &debt_requests::EXPORT_DEBT_SUBREQUESTS,
    &debt_requests::IMPORT_RESPONSES,
    &debt_requests::GET_STATE,
    &debts::IMPORT_DEBT,
    &debts::EXPORT_DEBT,
    &debts::GET_STATE,
    &device_metering::IMPORT_METERING_DEVICE_VALUES,
    &device_metering::EXPORT_METERING_DEVICE_HISTORY,
    &device_metering::GET_STATE,
    &house_management::IMPORT_HOUSE_UO_DATA,
    &house_management::IMPORT_HOUSE_OMS_DATA,
    &house_management::IMPORT_HOUSE_ESP_DATA,
    &house_management::DEMOLISH_HOUSE,
    &house_management::EXPORT_HOUSE_DATA,
    &house_management::EXPORT_BRIEF_BASIC_HOUSE,
    &house_management::EXPORT_BRIEF_APARTMENT_HOUSE,
    &house_management::EXPORT_BRIEF_LIVING_HOUSE,
    &house_management::IMPORT_ACCOUNT_DATA,
    &house_management::EXPORT_ACCOUNT_DATA,
    &house_management::IMPORT_ACCOUNT_INDIVIDUAL_SERVICES,
    &house_management::EXPORT_ACCOUNT_INDIVIDUAL_SERVICES,
    &house_management::IMPORT_METERING_DEVICE_DATA,
    &house_management::EXPORT_METERING_DEVICE_DATA,
    &house_management::EXPORT_ODSP_METERING_DEVICE_DATA,
    &house_management::IMPORT_ABSENCE_DEVICE_INFO,
    &house_management::EXPORT_ABSENCE_DEVICE_INFO,
    &house_management::IMPORT_CONTRACT_DATA,
    &house_management::IMPORT_CHARTER_DATA,
    &house_management::EXPORT_CACH_DATA,
    &house_management::EXPORT_STATUS_CACH_DATA,
    &house_management::EXPORT_ROLLOVER_STATUS_CACH,
    &house_management::IMPORT_SUPPLY_RESOURCE_CONTRACT_DATA,
    &house_management::EXPORT_SUPPLY_RESOURCE_CONTRACT_DATA,
    &house_management::IMPORT_SUPPLY_RESOURCE_CONTRACT_OBJECT_ADDRESS_DATA,
    &house_management::EXPORT_SUPPLY_RESOURCE_CONTRACT_OBJECT_ADDRESS_DATA,
    &house_management::IMPORT_SUPPLY_RESOURCE_CONTRACT_PROJECT_DATA,
    &house_management::EXPORT_BRIEF_SUPPLY_RESOURCE_CONTRACT,
    &house_management::GET_STATE,
    &nsi::IMPORT_ADDITIONAL_SERVICES,
    &nsi::IMPORT_MUNICIPAL_SERVICES,
    &nsi::IMPORT_ORGANIZATION_WORKS,
    &nsi::IMPORT_CAPITAL_REPAIR_WORK,
    &nsi::IMPORT_COMMUNAL_INFRASTRUCTURE_SYSTEM,
    &nsi::IMPORT_BASE_DECISION_MSP,
    &nsi::IMPORT_GENERAL_NEEDS_MUNICIPAL_RESOURCE,
    &nsi::EXPORT_DATA_PROVIDER_NSI_ITEM,
    &nsi::EXPORT_DATA_PROVIDER_PAGING_NSI_ITEM,
    &nsi::GET_STATE,
    &nsi_common::EXPORT_NSI_LIST,
    &nsi_common::EXPORT_NSI_ITEM,
    &nsi_common::EXPORT_NSI_PAGING_ITEM,
    &nsi_common::GET_STATE,
    &organizations_registry_common::EXPORT_ORG_REGISTRY,
    &organizations_registry_common::EXPORT_DATA_PROVIDER,
    &organizations_registry_common::EXPORT_DELEGATED_ACCESS,
    &organizations_registry_common::EXPORT_OBJECTS_DELEGATED_ACCESS,
    &organizations_registry_common::EXPORT_TERRITORY_DELEGATED_ACCESS,
    &organizations_registry_common::GET_STATE,
    &outage_report::IMPORT_OUTAGE_REPORT,
    &outage_report::EXPORT_OUTAGE_REPORT,
    &outage_report::GET_STATE,
    &payment::IMPORT_NOTIFICATIONS_OF_ORDER_EXECUTION,
    &payment::IMPORT_NOTIFICATIONS_OF_ORDER_EXECUTION_CANCELLATION,
    &payment::IMPORT_SUPPLIER_NOTIFICATIONS_OF_ORDER_EXECUTION,
    &payment::EXPORT_PAYMENT_DOCUMENT_DETAILS,
    &payment::EXPORT_FOR_PAYMENT_AGGREGATOR,
    &payment::GET_STATE,
    &services::IMPORT_WORKING_LIST,
    &services::EXPORT_WORKING_LIST,
    &services::IMPORT_WORKING_PLAN,
    &services::EXPORT_WORKING_PLAN,
    &services::IMPORT_COMPLETED_WORKS,
    &services::EXPORT_COMPLETED_WORKS,
    &services::IMPORT_QUALITY_ASSESSMENT,
    &services::EXPORT_QUALITY_ASSESSMENT,
    &services::EXPORT_HM_SERVICES_TARIFFS,
    &services::GET_STATE,
];

/// Service `nsi-common` at `/ext-bus-nsi-common-service/services/NsiCommonAsync`.
pub mod nsi_common {
    use super::*;

    /// `exportNsiList`: `exportNsiListRequest`, SOAPAction `urn:exportNsiList`.
    pub static EXPORT_NSI_LIST: Operation = Operation {
        service: "nsi-common",
        path: "/ext-bus-nsi-common-service/services/NsiCommonAsync",
        name: "exportNsiList",
        action: "urn:exportNsiList",
        header: Header::InformationSystem,
        kind: Kind::Submission,
        request: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(12), "exportNsiListRequest"),
        answer: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(2), "AckRequest"),
        versions: &["10.0.1.2"],
        version_fixed: true,
        limits: &[],
        branches: &["NsiList"],
    };

    /// `exportNsiItem`: `exportNsiItemRequest`, SOAPAction `urn:exportNsiItem`.
    pub static EXPORT_NSI_ITEM: Operation = Operation {
        service: "nsi-common",
        path: "/ext-bus-nsi-common-service/services/NsiCommonAsync",
        name: "exportNsiItem",
        action: "urn:exportNsiItem",
        header: Header::InformationSystem,
        kind: Kind::Submission,
        request: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(12), "exportNsiItemRequest"),
        answer: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(2), "AckRequest"),
        versions: &["10.0.1.2"],
        version_fixed: true,
        limits: &[],
        branches: &["NsiItem"],
    };

    /// `exportNsiPagingItem`: `exportNsiPagingItemRequest`, SOAPAction `urn:exportNsiPagingItem`.
    pub static EXPORT_NSI_PAGING_ITEM: Operation = Operation {
        service: "nsi-common",
        path: "/ext-bus-nsi-common-service/services/NsiCommonAsync",
        name: "exportNsiPagingItem",
        action: "urn:exportNsiPagingItem",
        header: Header::InformationSystem,
        kind: Kind::Submission,
        request: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(12), "exportNsiPagingItemRequest"),
        answer: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(2), "AckRequest"),
        versions: &["10.0.1.2"],
        version_fixed: true,
        limits: &[],
        branches: &["NsiPagingItem"],
    };

    /// `getState`: `getStateRequest`, SOAPAction `urn:getState`.
    pub static GET_STATE: Operation = Operation {
        service: "nsi-common",
        path: "/ext-bus-nsi-common-service/services/NsiCommonAsync",
        name: "getState",
        action: "urn:getState",
        header: Header::InformationSystem,
        kind: Kind::State,
        request: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(2), "getStateRequest"),
        answer: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(12), "getStateResult"),
        versions: &[],
        version_fixed: false,
        limits: &[],
        branches: &[],
    };

    /// Typed calls of the service `nsi-common`.
    #[derive(Debug, Clone, Copy)]
    pub struct NsiCommon<'c>(pub(crate) &'c crate::Client);

    impl NsiCommon<'_> {
        /// The list of books with their times of change.
        ///
        /// # Errors
        /// The request is wrong, was not sent, may have been sent, or was refused: the error says which.
        pub async fn export_nsi_list(
            &self,
            request: crate::contract::nsi_common::ExportNsiListRequest,
        ) -> Result<crate::Receipt, crate::CallError> {
            self.0.submit(request).await
        }

        /// One book in one piece.
        ///
        /// # Errors
        /// The request is wrong, was not sent, may have been sent, or was refused: the error says which.
        pub async fn export_nsi_item(
            &self,
            request: crate::contract::nsi_common::ExportNsiItemRequest,
        ) -> Result<crate::Receipt, crate::CallError> {
            self.0.submit(request).await
        }

        /// One page of a book, 1000 entries.
        ///
        /// # Errors
        /// The request is wrong, was not sent, may have been sent, or was refused: the error says which.
        pub async fn export_nsi_paging_item(
            &self,
            request: crate::contract::nsi_common::ExportNsiPagingItemRequest,
        ) -> Result<crate::Receipt, crate::CallError> {
            self.0.submit(request).await
        }

        /// How far one message has got and, once finished, its answer.
        ///
        /// # Errors
        /// The answer could not be had or read; asking again is always safe.
        pub async fn get_state(
            &self,
            ack: ::gis_gkh_xml::Guid,
        ) -> Result<crate::Answer<crate::contract::nsi_common::GetStateResult>, crate::CallError> {
            self.0.state(&GET_STATE, ack).await
        }
    }

    impl crate::Client {
        /// Calls of the service `nsi-common`.
        pub fn nsi_common(&self) -> NsiCommon<'_> {
            NsiCommon(self)
        }
    }

    impl Submission for crate::contract::nsi_common::ExportNsiListRequest {
        const OPERATION: &'static Operation = &EXPORT_NSI_LIST;
        const STATE: &'static Operation = &GET_STATE;
        type State = crate::contract::nsi_common::GetStateResult;

        fn identify(&mut self, id: &str) {
            self.id = Some(id.to_owned());
        }
        type Result = crate::contract::nsi_base::NsiList;

        fn result(state: Self::State) -> Option<Self::Result> {
            match state.outcome {
                Some(crate::contract::nsi_common::get_state_result::Outcome::NsiList(result)) => Some(result),
                _ => None,
            }
        }
    }

    impl Submission for crate::contract::nsi_common::ExportNsiItemRequest {
        const OPERATION: &'static Operation = &EXPORT_NSI_ITEM;
        const STATE: &'static Operation = &GET_STATE;
        type State = crate::contract::nsi_common::GetStateResult;

        fn identify(&mut self, id: &str) {
            self.id = Some(id.to_owned());
        }
        type Result = crate::contract::nsi_base::NsiItem;

        fn result(state: Self::State) -> Option<Self::Result> {
            match state.outcome {
                Some(crate::contract::nsi_common::get_state_result::Outcome::NsiItem(result)) => Some(result),
                _ => None,
            }
        }
    }

    impl Submission for crate::contract::nsi_common::ExportNsiPagingItemRequest {
        const OPERATION: &'static Operation = &EXPORT_NSI_PAGING_ITEM;
        const STATE: &'static Operation = &GET_STATE;
        type State = crate::contract::nsi_common::GetStateResult;

        fn identify(&mut self, id: &str) {
            self.id = Some(id.to_owned());
        }
        type Result = crate::contract::nsi_common::BookPage;

        fn result(state: Self::State) -> Option<Self::Result> {
            match state.outcome {
                Some(crate::contract::nsi_common::get_state_result::Outcome::NsiPagingItem(result)) => Some(result),
                _ => None,
            }
        }
    }
}

impl StateAnswer for crate::contract::appeals::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::appeals::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::bills::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::bills::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::drs::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::drs::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::debts::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::debts::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::device_metering::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::device_metering::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::house_management::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::house_management::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::nsi::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::nsi::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::nsi_common::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::nsi_common::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::organizations_registry_common::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::organizations_registry_common::get_state_result::Outcome::ErrorMessage(error)) => {
                Some(error)
            }
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::outage_report::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::outage_report::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::payment::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::payment::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}

impl StateAnswer for crate::contract::services::GetStateResult {
    fn state(&self) -> u8 {
        ::gis_gkh_xml::Value::lexical(&self.request_state).parse().unwrap_or(0)
    }

    fn message_guid(&self) -> ::gis_gkh_xml::Guid {
        self.message_guid
    }

    fn error(&self) -> Option<&crate::contract::base::ErrorMessage> {
        match &self.outcome {
            Some(crate::contract::services::get_state_result::Outcome::ErrorMessage(error)) => Some(error),
            _ => None,
        }
    }
}
