/// Every operation of the contract, by service and name.
pub static OPERATIONS: &[&Operation] = &[
    &bills::IMPORT_PAYMENT_DOCUMENT_DATA,
    &bills::EXPORT_PAYMENT_DOCUMENT_DATA,
    &bills::GET_STATE,
    &bills::GET_REQUESTS_STATE,
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
        request: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(6), "exportNsiListRequest"),
        answer: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(1), "AckRequest"),
        versions: &["10.0.1.2"],
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
        request: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(6), "exportNsiItemRequest"),
        answer: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(1), "AckRequest"),
        versions: &["10.0.1.2"],
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
        request: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(6), "exportNsiPagingItemRequest"),
        answer: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(1), "AckRequest"),
        versions: &["10.0.1.2"],
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
        request: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(1), "getStateRequest"),
        answer: ::gis_gkh_xml::Name::new(::gis_gkh_xml::Ns(6), "getStateResult"),
        versions: &[],
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
    }

    impl Submission for crate::contract::nsi_common::ExportNsiItemRequest {
        const OPERATION: &'static Operation = &EXPORT_NSI_ITEM;
        const STATE: &'static Operation = &GET_STATE;
        type State = crate::contract::nsi_common::GetStateResult;

        fn identify(&mut self, id: &str) {
            self.id = Some(id.to_owned());
        }
    }

    impl Submission for crate::contract::nsi_common::ExportNsiPagingItemRequest {
        const OPERATION: &'static Operation = &EXPORT_NSI_PAGING_ITEM;
        const STATE: &'static Operation = &GET_STATE;
        type State = crate::contract::nsi_common::GetStateResult;

        fn identify(&mut self, id: &str) {
            self.id = Some(id.to_owned());
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
